// Loss against step on a log axis, the cursor on it, and the table of where everybody is at the cursor.
const MOST_LABELS = 6; // more lines than this have the table for their legend
const MOST_DECADES = 16;
const SPARE_DECADES = 2; // above the start, for those that diverge
const WIDEST_LABEL = 180; // px

// --- the plot --------------------------------------------------------------------------------------------------

async function frameCurve(stage) {
  const { words, steps, floor } = stage.scene;
  const span = lossSpan(stage.scene);
  stage.scene.span = span;
  const title = floor === null ? words.loss : words.gap;
  const right = directLabels(stage) ? labelRoom(stage) : 14;
  const signature = [steps, span.low, span.high, span.log, title, words.step, right].join();
  const log = { type: "log", dtick: Math.max(1, Math.ceil((span.high - span.low) / 6)), exponentformat: "power" };
  await framed(stage, stage.curve, signature, () => ({
    data: [{ type: "scatter", x: [], y: [], hoverinfo: "skip" }],
    layout: {
      xaxis: planeAxis(words.step, [0, Math.max(1, steps)]), margin: { l: 58, r: right, t: 8, b: 38 },
      yaxis: planeAxis(title, [span.low, span.high], span.log ? log : { nticks: 5 }),
    },
  }));
}

function labelRoom({ curve, scene, font }) {
  const { pen } = curve.ink;
  pen.font = font;
  return Math.min(WIDEST_LABEL, 28 + Math.ceil(Math.max(0, ...scene.tracks.map(({ name }) => pen.measureText(name).width))));
}

function directLabels(stage) {
  return stage.scene.tracks.length <= MOST_LABELS && !isNarrow(stage);
}

// The range of the loss axis, in whole decades so that it stays put; a track that diverges does not flatten the others.
function lossSpan({ tracks, floor }) {
  const steady = tracks.flatMap(({ gap, last, ended }) => Array.from(gap.subarray(0, ended ? 1 : last + 1)));
  const finite = steady.filter(Number.isFinite);
  if (floor === null && finite.some((value) => value <= 0)) return levelSpan(finite);
  const positive = finite.filter((value) => value > 0).map(Math.log10);
  const top = positive.reduce((a, b) => Math.max(a, b), -Infinity);
  if (top === -Infinity) return { log: true, low: -1, high: 1 };
  const spare = tracks.some(({ ended }) => ended) ? SPARE_DECADES : 0;
  const high = Math.ceil(top + 0.05) + spare;
  const low = Math.floor(positive.reduce((a, b) => Math.min(a, b), top) - 0.05);
  return { log: true, low: Math.max(low, high - MOST_DECADES), high };
}

function levelSpan(finite) {
  const low = finite.reduce((a, b) => Math.min(a, b), Infinity), high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  const room = (high - low || 1) * 0.05;
  return { log: false, low: low - room, high: high + room };
}

function drawCurve(stage) {
  const { curve, scene, colours } = stage;
  const pen = wiped(curve.ink, curve), bounds = curve.area;
  pen.font = stage.font;
  clipped(pen, bounds, () => scene.tracks.forEach((track) => drawLoss(pen, curve, track, colour(track.color, colours))));
  for (const track of scene.tracks) markHidden(pen, stage, track);
  if (directLabels(stage)) drawLabels(pen, stage);
}

function drawLoss(pen, plane, track, strokeStyle) {
  Object.assign(pen, { strokeStyle, lineWidth: 2, lineJoin: "round" });
  pen.beginPath();
  let pending = true, lastX = NaN, lastY = NaN;
  for (let at = 0; at <= track.last; at++) {
    const [x, y] = lossPixel(plane, track, at);
    if (y === null) { pending = true; continue; }
    if (!pending && at < track.last && Math.hypot(x - lastX, y - lastY) < 0.7) continue;
    if (pending) pen.moveTo(x, y);
    else pen.lineTo(x, y);
    [pending, lastX, lastY] = [false, x, y];
  }
  pen.stroke();
}

function lossPixel(plane, { gap }, at) {
  const value = gap[at];
  if (!Number.isFinite(value) || (plane.y.log && value <= 0)) return [toX(plane, at), null];
  return [toX(plane, at), clamped(toY(plane, value), -FAR, FAR)];
}

// Where a line leaves the plot, or a log axis has no place for its value, an arrow at the edge says so.
function markHidden(pen, { curve, scene, colours }, track) {
  const first = { up: -1, down: -1 };
  for (let at = 0; at <= track.last; at++) {
    const [, y] = lossPixel(curve, track, at);
    if (first.down < 0 && ((y === null && track.gap[at] <= 0) || y > curve.area.bottom + 1)) first.down = at;
    if (first.up < 0 && (track.gap[at] === Infinity || (y !== null && y < curve.area.top - 1))) first.up = at;
  }
  const color = colour(track.color, colours);
  track.zeroFrom = curve.y.log ? Array.from(track.gap.subarray(0, track.last + 1)).findIndex((value) => value <= 0) : -1;
  if (first.up >= 0) arrowHead(pen, toX(curve, first.up), curve.area.top + 1, -Math.PI / 2, 11, color, colours.background);
  if (first.down >= 0) arrowHead(pen, toX(curve, first.down), curve.area.bottom - 1, Math.PI / 2, 11, color, colours.background);
}

function drawLabels(pen, stage) {
  const { curve, scene, colours } = stage, { area } = curve, room = labelRoom(stage) - 24;
  const ends = scene.tracks.map((track) => [track, lossPixel(curve, track, track.last)[1] ?? area.bottom]);
  let free = area.top;
  const placed = ends.sort((a, b) => a[1] - b[1]).map(([track, y]) => [track, (free = Math.max(free + 15, clamped(y, area.top, area.bottom)))]);
  const over = Math.max(0, free - area.bottom - 8);
  Object.assign(pen, { textBaseline: "middle", textAlign: "left" });
  for (const [track, y] of placed) {
    dot(pen, area.right + 12, y - over, 4.5, colour(track.color, colours), colours.background);
    pen.fillStyle = colours.text;
    pen.fillText(shortened(pen, track.name, room), area.right + 21, y - over);
  }
}

function shortened(pen, text, room) {
  let cut = text;
  while (cut.length > 1 && pen.measureText(cut === text ? cut : `${cut}…`).width > room) cut = cut.slice(0, -1);
  return cut === text ? cut : `${cut}…`;
}

// --- the cursor ------------------------------------------------------------------------------------------------

function drawCursor(stage) {
  const { curve, scene, clock: { step }, colours } = stage;
  const pen = wiped(curve.top, curve), x = toX(curve, step);
  Object.assign(pen, { strokeStyle: colours.muted, lineWidth: 1 });
  pen.beginPath();
  pen.moveTo(x, curve.area.top);
  pen.lineTo(x, curve.area.bottom);
  pen.stroke();
  for (const track of scene.tracks) {
    const [at, y] = lossPixel(curve, track, Math.min(step, track.last));
    if (y !== null && y >= curve.area.top && y <= curve.area.bottom) dot(pen, at, y, 4.5, colour(track.color, colours), colours.background);
  }
}

function wireScrubbing(stage) {
  const { canvas } = stage.curve.top;
  const scrub = (event) => {
    if (!stage.curve.area) return;
    goTo(stage.clock, Math.round(fromX(stage.curve, placeIn(canvas, event)[0])));
  };
  canvas.onpointerdown = (event) => {
    canvas.setPointerCapture(event.pointerId);
    scrub(event);
  };
  canvas.onpointermove = (event) => event.buttons && scrub(event);
}

// --- the table -------------------------------------------------------------------------------------------------

function buildTable(parent) {
  const box = element("div", "lrviz-stage-table", parent);
  const table = element("table", "", box);
  const head = element("tr", "", element("thead", "", table));
  const note = element("p", "", box);
  return { heads: ["racer", "loss", "distance"].map((name) => [name, element("th", "", head, { scope: "col" })]), body: element("tbody", "", table), note, rows: [] };
}

function fillTable({ table, scene, colours }) {
  const { words, tracks, message } = scene;
  for (const [name, cell] of table.heads) cell.textContent = words[name];
  table.body.replaceChildren();
  table.rows = tracks.map((track) => {
    const row = element("tr", track.index === message.chosen ? "chosen" : "", table.body);
    const name = element("th", "", row, { title: track.name }, { scope: "row" });
    element("span", "swatch", name).style.background = colour(track.color, colours);
    name.append(track.name);
    return { loss: element("td", "", row), distance: element("td", "", row) };
  });
}

function drawTable({ table, scene, clock: { step } }) {
  const { words, tracks, message } = scene;
  tracks.forEach((track, index) => {
    const { loss, distance } = table.rows[index];
    const gone = track.ended && step >= track.last;
    loss.textContent = written(lossAt(scene, track, step));
    distance.textContent = gone ? filledIn(words.diverged_at, { step: track.bad }) : nearest(message.minima, track, step);
    distance.className = gone ? "gone" : "";
  });
  const zero = tracks.filter(({ zeroFrom }) => zeroFrom >= 0);
  const said = zero.map(({ name, zeroFrom }) => filledIn(words.not_drawn, { name, step: zeroFrom })).join(" ");
  if (table.note.textContent !== said) table.note.textContent = said;
}

function lossAt({ floor }, track, step) {
  return track.gap[Math.min(step, track.last)] + (floor ?? 0);
}

// Positions are sent in single precision: a distance below what that can tell is given as a bound.
function nearest(minima, { x, y, last }, step) {
  const at = Math.min(step, last);
  const [away, grain] = minima
    .map(([mx, my]) => [Math.hypot(x[at] - mx, y[at] - my), 2 ** -23 * Math.hypot(Math.max(Math.abs(x[at]), Math.abs(mx)), Math.max(Math.abs(y[at]), Math.abs(my)))])
    .reduce((a, b) => (b[0] < a[0] ? b : a), [Infinity, 0]);
  if (!minima.length) return "–";
  return away < 4 * grain ? `< ${written(4 * grain, 1)}` : written(away);
}

function stepSaid({ scene, clock }) {
  const losses = scene.tracks.map((track) => `${track.name} ${written(lossAt(scene, track, clock.step))}`);
  return `${countOf(clock)}: ${losses.join(", ")}`;
}
