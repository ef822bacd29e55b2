// The race on a surface: one clock for the contour, the 3-D surface, the loss and the table, all of it in the browser.
// This part takes messages in and hands one scene to all pictures at once; each picture has its own stage_*.js.
const STYLE = "%STYLE%";
const NARROW = 640; // px; as in stage.css
const STEPS_PER_SECOND = 30; // at speed 1
const MOST_GRIDS = 16;
const stages = new WeakMap();
const grids = new Map();

export default function ({ data, parentElement, setStateValue }) {
  const message = unpack(data);
  const stage = stages.get(parentElement) ?? build(parentElement, message.echo);
  stages.set(parentElement, stage);
  stage.tell = (start) => setStateValue("start", start);
  stage.message = message;
  describe(stage);
  hear(stage);
  paint(stage);
  return () => dismantle(stage, parentElement);
}

// --- the component's own elements ------------------------------------------------------------------------------

function build(parent, echo) {
  const root = element("div", "lrviz-stage", parent);
  element("style", "", root, { textContent: STYLE });
  const body = element("div", "lrviz-stage-body", root);
  const stage = {
    root, body, scene: null, fetches: 0, anatomyOn: false,
    map: plane(body, "map"), solid: buildSolid(body), line: element("div", "lrviz-stage-line", body),
  };
  stage.said = element("div", "lrviz-stage-said", stage.line);
  stage.anatomy = element("button", "wide", stage.line, { type: "button", onclick: () => toggleAnatomy(stage) });
  stage.png = element("button", "wide", stage.line, { type: "button", textContent: "PNG", onclick: () => downloadStage(stage) });
  stage.spoken = element("div", "lrviz-stage-spoken", root, {}, { "aria-live": "polite" });
  stage.clock = makeClock({ root, spoken: stage.spoken, perSecond: STEPS_PER_SECOND, draw: () => draw(stage), sentence: () => stepSaid(stage) });
  buildBar(stage.clock, body);
  stage.curve = plane(body, "curve");
  stage.curve.ink = layer(stage.curve);
  stage.table = buildTable(body);
  stage.failure = element("div", "lrviz-stage-failure", stage.map.box, { hidden: true }, { role: "alert" });
  for (const [box, tabIndex] of [[stage.map.plot, 0], [stage.curve.plot, -1]]) {
    box.setAttribute("role", "img");
    box.tabIndex = tabIndex;
  }
  buildStart(stage, echo);
  wireKeys(stage.clock, root, (target) => target === stage.marker);
  wireScrubbing(stage);
  wireSolid(stage);
  watchSize(stage);
  return stage;
}

function describe(stage) {
  const { root, message, map, curve } = stage, { words } = message;
  readTheme(stage);
  root.dataset.stage = message.key;
  root.style.setProperty("--height", `${message.height}px`);
  map.plot.setAttribute("aria-label", message.alt);
  map.plot.setAttribute("aria-description", words.keys);
  curve.plot.setAttribute("aria-label", words.curve);
  describeBar(stage.clock, words);
  describeAnatomy(stage);
  titled(stage.png, words.png);
  describeSolid(stage);
}

function dismantle(stage, parent) {
  stage.gone = true;
  stopClock(stage.clock);
  clearTimeout(stage.hand.timer);
  clearTimeout(stage.solid.timer);
  stage.watcher.disconnect();
  stage.solid.watcher.disconnect();
  for (const { plot } of [stage.map, stage.curve, stage.solid]) window.Plotly?.purge(plot);
  stage.root.remove();
  stages.delete(parent);
}

function isNarrow(stage) {
  return stage.root.clientWidth < NARROW;
}

function watchSize(stage) {
  const size = () => [stage.map, stage.curve, stage.solid].map(({ box }) => `${box.clientWidth} ${box.clientHeight}`).join();
  let known = "";
  stage.watcher = new ResizeObserver(() => {
    if (size() === known || !stage.root.clientWidth || stage.gone) return;
    known = size();
    requestAnimationFrame(() => !stage.gone && paint(stage));
  });
  for (const { box } of [stage.map, stage.curve, stage.solid]) stage.watcher.observe(box);
}

// --- the scene -------------------------------------------------------------------------------------------------

async function paint(stage) {
  stage.stale = true;
  if (stage.painting) return; // the paint that is under way goes round once more
  stage.painting = true;
  try {
    while (stage.stale && !stage.gone) await renewed(stage);
  } finally {
    stage.painting = false;
  }
}

async function renewed(stage) {
  stage.stale = false;
  const { message } = stage;
  try {
    const [grid] = await Promise.all([fetchGrid(stage, message.surface), loadPlotly()]);
    if (stage.gone || message !== stage.message) return;
    enter(stage, message, grid);
    await frameMap(stage);
    await frameCurve(stage);
    if (!stage.gone) settled(stage);
  } catch (error) {
    if (!stage.gone) showFailure(stage, message.words.failed);
    if (error instanceof ReferenceError || error instanceof TypeError) console.error(error);
  }
}

// Tracks, surface and step change together: no frame shows new tracks on an old surface.
function enter(stage, message, grid) {
  if (stage.scene?.message === message) return;
  const tracks = message.tracks.map((track, index) => entered(track, index));
  stage.scene = { message, grid, tracks, words: message.words, steps: message.steps, floor: message.floor };
  setFrames(stage.clock, message.steps);
}

function entered(track, index) {
  const { x, y, gap, bad } = track;
  const finite = (at) => [x, y].every((values) => Number.isFinite(values[at]));
  let last = bad < 0 ? x.length - 1 : Math.min(bad, x.length - 1);
  while (last > 0 && !finite(last)) last -= 1;
  return { ...track, gap, index, last, ended: bad >= 0 };
}

function settled(stage) {
  showFailure(stage, "");
  fillTable(stage);
  layTrails(stage);
  drawCurve(stage);
  showStart(stage);
  draw(stage);
  stage.revision = (stage.revision ?? 0) + 1;
  requestAnimationFrame(() => requestAnimationFrame(() => (stage.root.dataset.revision = stage.revision)));
}

function draw(stage) {
  if (!stage.scene || !stage.map.area || stage.gone) return;
  const began = performance.now();
  drawMap(stage);
  drawCursor(stage);
  drawTable(stage);
  showClock(stage.clock);
  showLine(stage);
  stage.root.dataset.cost = (performance.now() - began).toFixed(2);
  renewSolid(stage);
}

function fetchGrid(stage, url) {
  if (!grids.has(url)) {
    stage.root.dataset.fetches = ++stage.fetches;
    const grid = fetch(new URL(url, document.baseURI)).then(async (answer) => {
      if (!answer.ok) throw new Error(`${answer.status}`);
      return unpack(new Uint8Array(await answer.arrayBuffer()));
    });
    grids.set(url, grid);
    grid.catch(() => grids.delete(url)); // the next message asks again
    if (grids.size > MOST_GRIDS) grids.delete(grids.keys().next().value);
  }
  return grids.get(url);
}

function showFailure(stage, sentence) {
  if (stage.failure.textContent === sentence) return; // an alert is read aloud again whenever it is written
  stage.failure.textContent = sentence;
  stage.failure.hidden = !sentence;
  stage.root.toggleAttribute("data-failed", Boolean(sentence));
}
