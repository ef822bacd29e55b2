// The clock and its controls. Steps go by at their own rate, whatever rate the screen draws at.
const STEPS_PER_SECOND = 30; // at speed 1
const SPEEDS = [0.25, 1, 4, 16];
const LONGEST_FRAME = 0.1; // s; a hidden tab must not jump when it is seen again
const SPEAK_AFTER = 250; // ms
const ICONS = {
  restart: "M5 4h2v12H5zM16 4v12l-8-6z", back: "M13 4v12l-8-6zM14 4h2v12h-2z", play: "M6 4l11 6-11 6z",
  pause: "M5 4h4v12H5zM11 4h4v12h-4z", forward: "M7 4v12l8-6zM4 4h2v12H4z",
};

// --- controls --------------------------------------------------------------------------------------------------

function buildBar(stage, parent) {
  const root = element("div", "lrviz-stage-bar", parent, {}, { role: "group" });
  const bar = { root };
  const press = { restart: () => goTo(stage, 0), back: () => stepBy(stage, -1), play: () => toggle(stage), forward: () => stepBy(stage, 1) };
  for (const [name, onclick] of Object.entries(press)) {
    bar[name] = element("button", name, root, { type: "button", onclick });
    icon(bar[name], name);
  }
  bar.scrub = element("input", "", root, { type: "range", min: 0, step: 1 });
  bar.scrub.oninput = () => goTo(stage, Number(bar.scrub.value));
  bar.count = element("output", "", root);
  bar.speed = element("select", "", root);
  bar.speed.onchange = () => (stage.speed = Number(bar.speed.value));
  bar.anatomy = element("button", "wide", stage.line, { type: "button", onclick: () => toggleAnatomy(stage) });
  bar.png = element("button", "wide", stage.line, { type: "button", textContent: "PNG", onclick: () => downloadStage(stage) });
  return bar;
}

function icon(button, name) {
  if (button.dataset.icon === name) return;
  button.dataset.icon = name;
  button.innerHTML = `<svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true"><path fill="currentColor" d="${ICONS[name]}"/></svg>`;
}

function describeBar(stage) {
  const { bar, message } = stage, { words } = message;
  for (const name of ["restart", "back", "forward", "png"]) titled(bar[name], words[name]);
  bar.root.setAttribute("aria-label", words.playback);
  bar.scrub.setAttribute("aria-label", words.scrub);
  bar.speed.setAttribute("aria-label", words.speed);
  bar.speed.replaceChildren(...SPEEDS.map((speed) => speedOption(speed, words, stage.speed)));
  bar.anatomy.textContent = words.anatomy;
  bar.anatomy.hidden = !message.anatomy;
  if (!message.anatomy) stage.anatomyOn = false;
}

function speedOption(speed, words, chosen) {
  const pace = filledIn(words.steps_per_second, { rate: written(speed * STEPS_PER_SECOND) });
  return Object.assign(document.createElement("option"), { value: speed, textContent: `${speed}× · ${pace}`, selected: speed === chosen });
}

function titled(button, text) {
  if (button.title === text) return;
  button.title = text;
  button.setAttribute("aria-label", text);
}

function showClock(stage) {
  const { bar, scene, step, playing, root } = stage, { words, steps } = scene;
  root.dataset.step = step;
  root.dataset.playing = playing;
  bar.scrub.max = steps;
  bar.scrub.value = step;
  bar.scrub.style.setProperty("--share", steps ? step / steps : 0);
  bar.count.textContent = filledIn(words.step_of, { step, steps });
  bar.scrub.setAttribute("aria-valuetext", bar.count.textContent);
  titled(bar.play, playing ? words.pause : words.play);
  icon(bar.play, playing ? "pause" : "play");
}

// --- the clock -------------------------------------------------------------------------------------------------

function toggle(stage) {
  if (!stage.scene) return;
  if (stage.playing) return halt(stage);
  if (stage.step >= stage.scene.steps) stage.position = stage.step = 0;
  stage.playing = true;
  stage.ticked = null;
  draw(stage);
  requestAnimationFrame((now) => tick(stage, now));
}

function halt(stage) {
  stage.playing = false;
  draw(stage);
}

function tick(stage, now) {
  if (!stage.playing || stage.gone) return;
  const passed = Math.min((now - (stage.ticked ?? now)) / 1000, LONGEST_FRAME);
  stage.ticked = now;
  stage.position = Math.min(stage.position + passed * stage.speed * STEPS_PER_SECOND, stage.scene.steps);
  stage.step = Math.floor(stage.position);
  stage.root.dataset.frames = ++stage.frames;
  if (stage.step >= stage.scene.steps) return halt(stage);
  draw(stage);
  requestAnimationFrame((next) => tick(stage, next));
}

function goTo(stage, step) {
  if (!stage.scene) return;
  stage.playing = false;
  stage.step = stage.position = clamped(step, 0, stage.scene.steps);
  draw(stage);
}

function stepBy(stage, count) {
  if (stage.scene) goTo(stage, stage.step + count);
}

// --- keys ------------------------------------------------------------------------------------------------------

function wireKeys(stage) {
  stage.root.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.altKey || event.ctrlKey || event.metaKey || target.tagName === "SELECT" || target === stage.marker) return;
    if (key === " " && target.tagName === "BUTTON") return; // it presses the button
    const act = keyed(stage, key, event.shiftKey ? 10 : 1);
    if (!act) return;
    event.preventDefault();
    act();
    if (key !== " ") speakStep(stage);
  });
}

function keyed(stage, key, count) {
  return {
    " ": () => toggle(stage), ArrowLeft: () => stepBy(stage, -count), ArrowRight: () => stepBy(stage, count),
    Home: () => goTo(stage, 0), End: () => goTo(stage, stage.scene?.steps ?? 0),
  }[key];
}

function speakStep(stage) {
  clearTimeout(stage.speaking);
  stage.speaking = setTimeout(() => {
    const { scene, step } = stage;
    if (!scene || stage.gone) return;
    const losses = scene.tracks.map((track) => `${track.name} ${written(lossAt(scene, track, step))}`);
    stage.spoken.textContent = `${filledIn(scene.words.step_of, { step, steps: scene.steps })}: ${losses.join(", ")}`;
  }, SPEAK_AFTER);
}
