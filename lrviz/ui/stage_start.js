// The start of the race, placed by click, drag or keys: one request at a time, always the newest, as the knob does it.
const PATIENCE = 1500; // ms without an answer after which the next request may leave anyway
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };

function buildStart(stage, echo) {
  stage.hand = { n: echo, busy: false, want: null, held: false };
  stage.marker = element("div", "lrviz-stage-start", stage.map.box, { tabIndex: 0, hidden: true }, { role: "slider" });
  wireMarkerKeys(stage);
  for (const target of [stage.map.top.canvas, stage.marker]) wirePointer(stage, target);
}

// --- asking ----------------------------------------------------------------------------------------------------

function place(stage, x, y, done) {
  const [low, high] = [corner(stage, 0), corner(stage, 1)];
  stage.hand.current = [tidy(clamped(x, low[0], high[0]), high[0] - low[0]), tidy(clamped(y, low[1], high[1]), high[1] - low[1])];
  stage.hand.want = { x: stage.hand.current[0], y: stage.hand.current[1], done };
  showStart(stage);
  flush(stage);
}

function corner({ scene }, end) {
  return [scene.grid.x, scene.grid.y].map((values) => values[end * (values.length - 1)]);
}

// No more digits than a pixel is worth.
function tidy(value, span) {
  const digits = Math.max(0, 3 - Math.floor(Math.log10(span)));
  return Number(value.toFixed(Math.min(digits, 12)));
}

function flush(stage) {
  const { hand } = stage;
  if (hand.busy || !hand.want) return;
  hand.busy = true;
  hand.waiting = isRunning(); // what is sent into another run can be lost in it
  if (hand.waiting) whenQuiet(() => leave(stage));
  else leave(stage);
}

function leave(stage) {
  const { hand } = stage;
  if (stage.gone) return;
  hand.waiting = false;
  hand.n += 1;
  const start = { ...hand.want, n: hand.n };
  hand.want = null;
  stage.root.dataset.sent = hand.n;
  hand.timer = setTimeout(() => freed(stage), PATIENCE);
  stage.tell(start);
}

function hear(stage) {
  const { hand, message } = stage;
  if (hand.busy && !hand.waiting && message.echo >= hand.n) settleStart(stage);
}

// The echo comes with the stage; what is below it on the page may still be under way, and a new request would cut it off.
function settleStart(stage) {
  clearTimeout(stage.hand.timer);
  whenQuiet(() => freed(stage));
}

function freed(stage) {
  if (stage.gone) return;
  clearTimeout(stage.hand.timer);
  stage.hand.busy = false;
  stage.root.dataset.answered = stage.hand.n;
  flush(stage);
  showStart(stage);
}

// --- the marker ------------------------------------------------------------------------------------------------

function showStart(stage) {
  const { hand, map, marker, message, scene } = stage;
  if (!map.area || !scene) return;
  if (!hand.busy && !hand.want && !hand.held) hand.current = [...scene.message.start];
  const [x, y] = hand.current ?? scene.message.start;
  marker.hidden = false;
  marker.style.left = `${clamped(toX(map, x), map.area.left, map.area.right)}px`;
  marker.style.top = `${clamped(toY(map, y), map.area.top, map.area.bottom)}px`;
  const [low, high] = [corner(stage, 0)[0], corner(stage, 1)[0]];
  const said = { "aria-label": message.words.start, "aria-valuemin": low, "aria-valuemax": high, "aria-valuenow": x, "aria-valuetext": `x ${written(x)}, y ${written(y)}` };
  for (const [name, text] of Object.entries(said)) marker.setAttribute(name, text);
  marker.title = message.still ? "" : message.words.start;
  marker.tabIndex = message.still ? -1 : 0;
  marker.setAttribute("aria-disabled", Boolean(message.still));
  map.top.canvas.style.cursor = message.still ? "default" : "";
}

// --- pointer and keys ------------------------------------------------------------------------------------------

function wirePointer(stage, target) {
  const { hand, map } = stage, isMarker = target !== map.top.canvas;
  target.onpointerdown = (event) => {
    if (event.button || !stage.scene || stage.message.still || (event.pointerType === "touch" && !isMarker)) return;
    if (!isMarker && !inside(map, event)) return;
    event.preventDefault();
    stage.marker.focus({ preventScroll: true });
    target.setPointerCapture(event.pointerId);
    hand.held = true;
    if (!isMarker) placeAt(stage, event, false);
  };
  target.onpointermove = (event) => hand.held && placeAt(stage, event, false);
  target.onpointerup = (event) => {
    if (!hand.held) return;
    hand.held = false;
    placeAt(stage, event, true);
  };
  target.onpointercancel = () => {
    hand.held = false;
    if (hand.current) place(stage, ...hand.current, true);
  };
  // A finger that moves scrolls the page; one that taps places the start.
  if (!isMarker) target.onclick = (event) => !stage.message.still && event.pointerType === "touch" && inside(map, event) && placeAt(stage, event, true);
}

function inside(map, event) {
  const [x, y] = placeIn(map.box, event), { area } = map;
  return Boolean(area) && x >= area.left && x <= area.right && y >= area.top && y <= area.bottom;
}

function placeAt(stage, event, done) {
  const [x, y] = placeIn(stage.map.box, event);
  place(stage, fromX(stage.map, x), fromY(stage.map, y), done);
}

function wireMarkerKeys(stage) {
  const { hand, marker } = stage;
  marker.onkeydown = (event) => {
    const move = MOVES[event.key];
    if (!move || event.altKey || event.ctrlKey || event.metaKey || !stage.scene || stage.message.still) return;
    event.preventDefault();
    const [low, high] = [corner(stage, 0), corner(stage, 1)], share = event.shiftKey ? 0.1 : 0.01;
    const from = hand.current ?? stage.scene.message.start;
    hand.keyed = hand.held = true;
    place(stage, ...from.map((value, i) => value + move[i] * share * (high[i] - low[i])), false);
  };
  marker.onkeyup = marker.onblur = () => {
    if (!hand.keyed) return;
    hand.keyed = hand.held = false;
    place(stage, ...hand.current, true);
  };
}
