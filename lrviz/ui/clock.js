// The clock of what plays in the browser, and the bar that drives it: a part of every script that plays.
// Frames, numbered from 0, go by at their own rate, whatever rate the screen draws at.
const SPEEDS = [0.25, 1, 4, 16];
const LONGEST_TICK = 0.1; // s; a hidden tab must not jump when it is seen again
const SPEAK_AFTER = 250; // ms
const ICONS = {
  restart: "M5 4h2v12H5zM16 4v12l-8-6z", back: "M13 4v12l-8-6zM14 4h2v12h-2z", play: "M6 4l11 6-11 6z",
  pause: "M5 4h4v12H5zM11 4h4v12h-4z", forward: "M7 4v12l8-6zM4 4h2v12H4z",
};

// `root` carries what the clock says of itself as data-; `draw` draws the frame it stands at; `sentence` says that one.
// `last` is the last frame's number, null while there is nothing to play.
function makeClock({ root, spoken, perSecond, draw, sentence }) {
  return {
    root, spoken, perSecond, draw, sentence, words: {}, last: null, step: 0, position: 0, speed: 1, playing: false, frames: 0,
  };
}

// A clock at its end stays at the end, and elsewhere where it is, as far as there are frames.
function setFrames(clock, last, begin = last) {
  const atEnd = clock.step >= clock.last && !clock.playing;
  const position = clock.last === null ? begin : atEnd ? last : clock.position;
  clock.last = last;
  clock.position = clamped(position, 0, last);
  clock.step = Math.floor(clock.position);
}

function stopClock(clock) {
  clock.playing = false;
  clock.last = null;
  clearTimeout(clock.speaking);
}

// --- the bar ---------------------------------------------------------------------------------------------------

function buildBar(clock, parent) {
  const root = element("div", "lrviz-clock-bar", element("div", "lrviz-clock", parent), {}, { role: "group" });
  const bar = (clock.bar = { root });
  const press = { restart: () => goTo(clock, 0), back: () => stepBy(clock, -1), play: () => toggle(clock), forward: () => stepBy(clock, 1) };
  for (const [name, onclick] of Object.entries(press)) {
    bar[name] = element("button", name, root, { type: "button", onclick });
    icon(bar[name], name);
  }
  bar.scrub = element("input", "", root, { type: "range", min: 0, step: 1 });
  bar.scrub.oninput = () => goTo(clock, Number(bar.scrub.value));
  bar.count = element("output", "", root);
  bar.speed = element("select", "", root);
  bar.speed.onchange = () => (clock.speed = Number(bar.speed.value));
}

function icon(button, name) {
  if (button.dataset.icon === name) return;
  button.dataset.icon = name;
  button.innerHTML = `<svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true"><path fill="currentColor" d="${ICONS[name]}"/></svg>`;
}

function describeBar(clock, words) {
  const { bar } = clock;
  clock.words = words;
  for (const name of ["restart", "back", "forward"]) titled(bar[name], words[name]);
  bar.root.setAttribute("aria-label", words.playback);
  bar.root.setAttribute("aria-description", words.keys);
  bar.scrub.setAttribute("aria-label", words.scrub);
  bar.speed.setAttribute("aria-label", words.speed);
  bar.speed.replaceChildren(...SPEEDS.map((speed) => speedOption(clock, speed)));
}

function speedOption({ words, speed: chosen, perSecond }, speed) {
  const pace = filledIn(words.per_second, { rate: written(speed * perSecond) });
  return Object.assign(document.createElement("option"), { value: speed, textContent: `${speed}× · ${pace}`, selected: speed === chosen });
}

function showClock(clock) {
  const { bar, words, step, last, playing, root } = clock;
  root.dataset.step = step;
  root.dataset.playing = playing;
  bar.scrub.max = last;
  bar.scrub.value = step;
  bar.scrub.style.setProperty("--share", last ? step / last : 0);
  bar.count.textContent = countOf(clock);
  bar.scrub.setAttribute("aria-valuetext", bar.count.textContent);
  titled(bar.play, playing ? words.pause : words.play);
  icon(bar.play, playing ? "pause" : "play");
}

function countOf({ words, step, last }) {
  return filledIn(words.frame_of, { frame: step, frames: last });
}

// --- time ------------------------------------------------------------------------------------------------------

function toggle(clock) {
  if (clock.last === null) return;
  if (clock.playing) return halt(clock);
  if (clock.step >= clock.last) clock.position = clock.step = 0;
  clock.playing = true;
  clock.ticked = null;
  clock.draw();
  requestAnimationFrame((now) => tick(clock, now));
}

function halt(clock) {
  clock.playing = false;
  clock.draw();
}

function tick(clock, now) {
  if (!clock.playing) return;
  const passed = Math.min((now - (clock.ticked ?? now)) / 1000, LONGEST_TICK);
  clock.ticked = now;
  clock.position = Math.min(clock.position + passed * clock.speed * clock.perSecond, clock.last);
  clock.step = Math.floor(clock.position);
  clock.root.dataset.frames = ++clock.frames;
  if (clock.step >= clock.last) return halt(clock);
  clock.draw();
  requestAnimationFrame((next) => tick(clock, next));
}

function goTo(clock, step) {
  if (clock.last === null) return;
  clock.playing = false;
  clock.step = clock.position = clamped(step, 0, clock.last);
  clock.draw();
}

function stepBy(clock, count) {
  goTo(clock, clock.step + count);
}

// --- keys ------------------------------------------------------------------------------------------------------

// Space, arrows, Home and End drive the clock from anywhere in a node but what `owns` says has these keys to itself.
function wireKeys(clock, node, owns = () => false) {
  node.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.altKey || event.ctrlKey || event.metaKey || target.tagName === "SELECT" || owns(target)) return;
    if (key === " " && target.tagName === "BUTTON") return; // it presses the button
    const act = keyed(clock, key, event.shiftKey ? 10 : 1);
    if (!act) return;
    event.preventDefault();
    act();
    if (key !== " ") speakFrame(clock);
  });
}

function keyed(clock, key, count) {
  return {
    " ": () => toggle(clock), ArrowLeft: () => stepBy(clock, -count), ArrowRight: () => stepBy(clock, count),
    Home: () => goTo(clock, 0), End: () => goTo(clock, clock.last),
  }[key];
}

function speakFrame(clock) {
  clearTimeout(clock.speaking);
  clock.speaking = setTimeout(() => clock.last !== null && (clock.spoken.textContent = clock.sentence()), SPEAK_AFTER);
}
