// Leads through the slides of a presentation, by a bar and by keys: one press is one slide, however fast they come.
const STYLE = "%STYLE%";
const PATIENCE = 10000; // ms without an answer after which the next press may leave anyway
const MOST_WAITING = 20; // presses
const PRESSES = ["previous", "next", "full", "leave"];
// Keys that always lead on are what clickers send; the others may belong to what has the focus.
const ALWAYS = { PageDown: "next", PageUp: "previous" };
const SOMETIMES = { ArrowRight: "next", ArrowLeft: "previous", Home: "first", End: "last" };
// What is under way outlives the bar: in the next lesson stands another one.
const way = { n: 0, busy: false, sent: null, waiting: [], focus: "" };
let bar = null;

export default function ({ data, parentElement, setStateValue }) {
  if (bar?.parent !== parentElement) bar = build(parentElement);
  const mine = Object.assign(bar, { data, tell: (go) => setStateValue("go", go) });
  document.documentElement.lang = data.lang;
  describe(mine);
  hear(data);
  flush();
  keepFitting();
  return () => dismantle(mine);
}

// --- the component's own elements ------------------------------------------------------------------------------

function build(parent) {
  element("style", "", parent, { textContent: STYLE });
  const root = element("div", "presenter", parent, {}, { role: "toolbar" });
  const made = { parent, root, spoken: element("span", "spoken", parent, {}, { "aria-live": "polite" }) };
  for (const name of PRESSES) {
    made[name] = element("button", name, root, { type: "button", onclick: () => press(name) });
    drawIcon(made[name], name);
    element("span", "", made[name]);
    if (name === "previous") made.count = element("output", "", root);
  }
  made.full.hidden = !document.fullscreenEnabled;
  addEventListener("keydown", keyed, true);
  document.addEventListener("fullscreenchange", showFull);
  if (way.focus) made[way.focus].focus();
  way.focus = "";
  return made;
}

function drawIcon(button, name) {
  const paths = {
    previous: "M12.5 4.5 7 10l5.5 5.5", next: "M7.5 4.5 13 10l-5.5 5.5", leave: "M5 5l10 10M15 5 5 15",
    full: "M4 8V4h4M12 4h4v4M16 12v4h-4M8 16H4v-4",
  };
  button.innerHTML = `<svg viewBox="0 0 20 20" width="22" height="22" aria-hidden="true"><path fill="none" stroke="currentColor" stroke-width="2" d="${paths[name]}"/></svg>`;
}

function describe({ data, root, count, spoken, previous, next, leave, ...rest }) {
  const { words, at, many } = data;
  root.dataset.presenter = data.lesson;
  root.dataset.at = at;
  root.setAttribute("aria-label", words.name);
  root.setAttribute("aria-description", words.keys);
  count.textContent = data.count;
  for (const [button, word] of [[previous, "previous"], [next, "next"], [leave, "leave"]]) named(button, words[word]);
  // A button that is disabled would lose the focus it may have.
  previous.setAttribute("aria-disabled", String(!at && !data.before));
  next.setAttribute("aria-disabled", String(at === many - 1 && !data.after));
  showFull();
  // What a live region already holds when it appears is not read out.
  setTimeout(() => spoken.textContent !== data.said && (spoken.textContent = data.said), 200);
}

function named(button, text) {
  button.querySelector("span").textContent = text;
  titled(button, text);
}

function showFull() {
  named(bar.full, bar.data.words[document.fullscreenElement ? "window" : "full"]);
}

function dismantle(gone) {
  if (bar !== gone) return; // the next lesson's bar is there already; the keys are heard on the way to it too
  document.removeEventListener("fullscreenchange", showFull);
  stopFitting();
  bar = null;
}

// --- where to --------------------------------------------------------------------------------------------------

function press(name) {
  if (name === "full") return fill();
  if (bar?.[name]?.getAttribute("aria-disabled") === "true" || way.waiting.length >= MOST_WAITING) return;
  way.waiting.push(name);
  flush();
}

function flush() {
  if (way.busy || !bar || !way.waiting.length) return;
  way.busy = true;
  whenQuiet(send); // a wish sent into another run can be lost in it
}

function send() {
  if (!bar) return void (way.busy = false); // the next one will
  const name = way.waiting.shift(), { lesson, at, many, echo, before, after } = bar.data;
  const to = { previous: at - 1, next: at + 1, first: 0, last: many - 1, leave: "leave" }[name];
  if ((to === -1 && !before) || (to === many && !after)) return freed();
  way.n = Math.max(way.n, echo) + 1;
  way.sent = { n: way.n, lesson };
  way.timer = setTimeout(freed, PATIENCE);
  way.focus = PRESSES.find((one) => bar[one] === bar.root.getRootNode().activeElement) ?? "";
  bar.tell({ n: way.n, lesson, to });
  if (to === "leave") forget();
}

function forget() {
  way.waiting = [];
  freed();
  if (document.fullscreenElement) document.exitFullscreen();
}

// An answer is a newer echo, or another lesson.
function hear({ lesson, echo }) {
  if (way.sent && (lesson !== way.sent.lesson || echo >= way.sent.n)) freed();
}

function freed() {
  clearTimeout(way.timer);
  Object.assign(way, { busy: false, sent: null, focus: "" });
  flush();
}

function fill() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(() => {});
}

// --- keys ------------------------------------------------------------------------------------------------------

function keyed(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const name = bar || way.sent ? meant(event) : "";
  if (!name) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!event.repeat) press(name);
}

// The slides' keys are theirs where nothing that has the focus answers to them itself.
function meant(event) {
  if (event.key in ALWAYS) return ALWAYS[event.key];
  const path = event.composedPath(), [target] = path;
  if (target.matches?.("input:not([type=range]), textarea, select, [contenteditable]")) return "";
  if (event.key === "Escape") return document.fullscreenElement ? "" : "leave";
  if (event.key.toLowerCase() === "f") return "full";
  return answers(path) ? "" : (SOMETIMES[event.key] ?? "");
}

// A picture that was reached by keyboard is read by the arrow keys; one that was clicked leaves them to the slides.
function answers(path) {
  const has = (what) => path.some((node) => node.matches?.(what));
  if (has("input, [role=radio], [role=slider], [role=option], .lrviz-clock, .lrviz-stage")) return true;
  return has(".st-key-enlarged") && path[0].matches(":focus-visible:not(button)");
}
