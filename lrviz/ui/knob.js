// A slider that answers while it is turned: one request at a time, always the newest.
const STYLE = "%STYLE%";
const PATIENCE = 1500; // ms without an answer after which the next request may leave anyway
const TRIES = 3; // how often a turn that ended is sent again where no answer comes
const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 };
const knobs = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  const knob = knobs.get(parentElement) ?? build(parentElement, data.echo);
  knobs.set(parentElement, knob);
  Object.assign(knob, { data, tell: (turn) => setStateValue("turn", turn) });
  describe(knob);
  if (knob.busy && !knob.waiting && data.echo >= knob.n) settle(knob);
  else show(knob);
  return () => clearTimeout(knob.timer);
}

// --- numbers ---------------------------------------------------------------------------------------------------

const isLog = ({ data }) => data.scale === "log";
const toPlace = (knob, value) => (isLog(knob) ? Math.log10(value) : value);
const fromPlace = (knob, place) => (isLog(knob) ? 10 ** place : place);

function step({ data }) {
  if (data.step) return data.step;
  if (data.integer) return 1;
  const rough = (data.high - data.low) / 200 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].find((nice) => nice * power >= rough * 0.999) * power;
}

function rounded(knob, value) {
  const { low, high, integer } = knob.data;
  let result = Number(value.toPrecision(3));
  if (!isLog(knob)) result = Number((Math.round(value / step(knob)) * step(knob)).toPrecision(12));
  if (integer) result = Math.round(isLog(knob) && value < 1000 ? value : result);
  return Math.min(high, Math.max(low, result));
}

function stepped(knob, value, count) {
  if (!isLog(knob)) return rounded(knob, value + count * step(knob));
  const { integer, low } = knob.data;
  const next = rounded(knob, Math.max(value, low) * 10 ** (count / 50));
  const stuck = integer && next === value;
  return stuck ? rounded(knob, value + Math.sign(count)) : next;
}

function format(value) {
  const exact = String(value);
  if (exact.length <= 8 && !(value !== 0 && Math.abs(value) < 1e-4)) return exact;
  const size = Math.abs(value);
  const digits = Number(value.toPrecision(4));
  return size < 1e-4 || size >= 1e8 ? digits.toExponential().replace("e+", "e") : String(digits);
}

function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// --- the component's own elements ------------------------------------------------------------------------------

function element(tag, parent, properties = {}, attributes = {}) {
  const node = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  parent.append(node);
  return node;
}

function build(parent, echo) {
  element("style", parent, { textContent: STYLE });
  const root = element("div", parent, { className: "knob" });
  const body = element("div", root, { className: "body" });
  const name = element("div", body, { className: "name" });
  const slider = element("input", body, { type: "range", id: "slider", step: "any" });
  const number = element("div", body, { className: "number" });
  const knob = {
    root, slider, n: echo, busy: false, want: null, held: false, edited: false, typed: null,
    label: element("label", name, { htmlFor: "slider" }),
    help: element("button", name, { type: "button", className: "help", textContent: "?" }, { "aria-describedby": "tip" }),
    tip: element("span", name, { id: "tip", className: "tip" }, { role: "tooltip" }),
    reset: element("button", number, { type: "button", className: "reset", textContent: "↺" }),
    field: element("input", number, { type: "text", inputMode: "decimal", autocomplete: "off", spellcheck: false }),
    error: element("p", root, { id: "error", className: "error" }, { role: "alert" }),
    ruler: ruler(body),
  };
  new ResizeObserver(() => arrange(knob)).observe(knob.ruler.root);
  wireSlider(knob);
  wireField(knob);
  knob.reset.onclick = () => {
    knob.slider.focus(); // the button is about to go
    turnTo(knob, knob.data.default, true);
  };
  return knob;
}

function describe(knob) {
  const { data, root, slider, field, reset, help, tip, error, label } = knob;
  const named = { label: data.label, default: format(data.default ?? 0) };
  root.dataset.knob = data.key;
  root.classList.toggle("headline", data.headline);
  label.textContent = data.label;
  tip.textContent = data.help;
  help.hidden = tip.hidden = !data.help;
  help.setAttribute("aria-label", fill(data.words.help, named));
  field.setAttribute("aria-label", fill(data.words.type, named));
  reset.title = fill(data.words.reset, named);
  reset.setAttribute("aria-label", reset.title);
  error.textContent = data.error;
  field.setAttribute("aria-invalid", String(Boolean(data.error)));
  connect(field, "aria-describedby", data.error && "error");
  connect(slider, "aria-describedby", [data.help && "tip", isRuled(knob) && "regimes"].filter(Boolean).join(" "));
  slider.disabled = field.disabled = reset.disabled = data.disabled;
  slider.min = toPlace(knob, data.low);
  slider.max = toPlace(knob, data.high);
  rule(knob);
}

function connect(node, attribute, id) {
  if (id) node.setAttribute(attribute, id);
  else node.removeAttribute(attribute);
}

// --- what is shown ---------------------------------------------------------------------------------------------

function show(knob) {
  if (knob.busy || knob.want || knob.held) return; // until the answer is in, the learner's hand is right
  const { value, error, text } = knob.data;
  place(knob, value);
  if (!knob.edited) knob.field.value = error ? text || format(value) : format(value);
  knob.reset.classList.toggle("away", knob.data.default === null || value === knob.data.default || knob.data.disabled);
}

function place(knob, value) {
  const { slider } = knob;
  slider.value = isLog(knob) && value <= 0 ? slider.min : toPlace(knob, value);
  slider.setAttribute("aria-valuetext", [format(value), stand(knob, value)].filter(Boolean).join(", "));
  const share = (slider.value - slider.min) / (slider.max - slider.min || 1);
  slider.style.setProperty("--share", share);
}

// --- turning ---------------------------------------------------------------------------------------------------

function turnTo(knob, value, done) {
  knob.current = value;
  knob.edited = false;
  place(knob, value);
  knob.field.value = format(value);
  send(knob, String(value), done);
}

function send(knob, text, done) {
  knob.want = { text, done };
  flush(knob);
}

function flush(knob) {
  if (knob.busy || !knob.want) return;
  setBusy(knob, true);
  knob.waiting = isRunning(); // a turn sent into another run can be lost in it
  if (knob.waiting) whenQuiet(() => leave(knob));
  else leave(knob);
}

function leave(knob) {
  knob.waiting = false;
  knob.n += 1;
  const turn = { ...knob.want, n: knob.n };
  knob.want = null;
  knob.root.dataset.sent = knob.n;
  knob.timer = setTimeout(() => unanswered(knob, turn), PATIENCE); // nothing is shown anew: the old value would flash
  knob.tell(turn);
}

function unanswered(knob, { text, done, again = 0 }) {
  if (done && !knob.want && again < TRIES) knob.want = { text, done, again: again + 1 };
  freed(knob);
}

// The echo comes with the knob; what is below it on the page may still be under way, and a new request now would cut it off.
function settle(knob) {
  clearTimeout(knob.timer);
  whenQuiet(() => answered(knob));
}

function answered(knob) {
  knob.root.dataset.answered = knob.n;
  freed(knob);
  show(knob);
}

function freed(knob) {
  clearTimeout(knob.timer);
  setBusy(knob, false);
  flush(knob);
}

function setBusy(knob, busy) {
  knob.busy = busy;
  knob.root.toggleAttribute("data-busy", busy);
}

function wireSlider(knob) {
  const { slider } = knob;
  const value = () => rounded(knob, fromPlace(knob, Number(slider.value)));
  const start = () => (knob.current = knob.busy || knob.want || knob.held ? knob.current : knob.data.value);
  slider.onpointerdown = () => { start(); knob.held = true; };
  slider.onpointerup = slider.onpointercancel = () => release(knob);
  slider.oninput = () => turnTo(knob, value(), false);
  slider.onchange = () => { knob.held = false; turnTo(knob, value(), true); };
  slider.onkeydown = (event) => {
    const next = keyed(knob, event, start);
    if (next === null) return;
    event.preventDefault();
    knob.held = knob.keyed = true;
    if (next !== knob.current) turnTo(knob, next, false);
  };
  slider.onkeyup = slider.onblur = () => {
    if (!knob.keyed) return;
    knob.held = knob.keyed = false;
    turnTo(knob, knob.current, true);
  };
}

function keyed(knob, event, start) {
  if (event.altKey || event.ctrlKey || event.metaKey) return null;
  start();
  if (event.key === "Home") return knob.data.low;
  if (event.key === "End") return knob.data.high;
  return event.key in KEYS ? stepped(knob, knob.current, KEYS[event.key]) : null;
}

function release(knob) {
  knob.held = false;
  show(knob);
}

function wireField(knob) {
  const { field } = knob;
  field.oninput = () => (knob.edited = true);
  field.onkeydown = (event) => {
    if (event.key === "Enter") commit(knob);
    if (event.key === "Escape") { knob.edited = false; show(knob); }
  };
  field.onblur = () => commit(knob);
  field.onfocus = () => field.select();
}

function commit(knob) {
  if (!knob.edited) return;
  knob.edited = false;
  const text = knob.field.value.trim();
  knob.current = text && Number.isFinite(Number(text)) ? Number(text) : knob.data.value; // where an arrow key steps from
  send(knob, text, true);
}
