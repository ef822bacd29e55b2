// What a chart tells the server: which point was picked, which part was zoomed into. A part of chart.js.

function answer(chart) {
  chart.plot.on("plotly_click", ({ points, event }) => pick(chart, points, event));
  chart.plot.on("plotly_relayout", (change) => {
    if (Object.keys(change).some(isByHand)) tellZoom(chart, ranges(chart));
  });
}

// A zoom by hand names each end, "xaxis.range[0]"; our own reset names whole ranges.
function isByHand(name) {
  return /^[xy]axis\.range\[/.test(name);
}

function pick(chart, points, event) {
  if (!chart.picks || !points?.length) return;
  const cell = grid(chart) && cellUnder(chart, event);
  // A curve that belongs to a row of the heatmap says so, and its points stand for the cells there.
  const [point] = points;
  tellPick(chart, cell ? cellAt(chart, cell) : [point.x, point.data.meta?.row ?? point.y]);
}

// The cell of a heatmap under the pointer: the point that a click names is the last one that was hovered, which a quick
// hand has left behind.
function cellUnder(chart, { clientX, clientY }) {
  const { drawn, xaxis, yaxis } = grid(chart);
  const { left, top } = chart.plot.querySelector(".nsewdrag").getBoundingClientRect(), scale = enlargement(chart.plot);
  const cell = [inCell(xaxis, drawn.x, (clientX - left) / scale), inCell(yaxis, drawn.y, (clientY - top) / scale)];
  return cell.includes(-1) ? null : cell;
}

function inCell(axis, edges, pixel) {
  const passed = edges.map((edge) => axis.c2p(edge) <= pixel);
  return passed.findIndex((one, i) => i + 1 < passed.length && one !== passed[i + 1]);
}

function tellPick(chart, at) {
  if (chart.picks && at.every(Number.isFinite)) chart.tell("pick", { at });
}

function tellZoom(chart, to) {
  if (chart.zooms && (to === null || to.every(Number.isFinite))) chart.tell("zoom", { to });
}

function ranges(chart) {
  const { xaxis, yaxis } = chart.plot._fullLayout;
  return [xaxis, yaxis].flatMap((axis) => axis.range.map((end) => axis.r2c(end)).sort((a, b) => a - b));
}

function cellPlace(drawn, { pointNumber: [row, column], xaxis, yaxis }) {
  return [middle(xaxis, drawn.x, column, drawn.xCenter), middle(yaxis, drawn.y, row, drawn.yCenter)];
}

// A cell is where its data say; with nothing but edges given, halfway between them as the axis shows it.
function middle(axis, edges, index, centres) {
  return centres?.[index] ?? axis.p2c((axis.c2p(edges[index]) + axis.c2p(edges[index + 1])) / 2);
}
