// What a chart tells the server: which point was picked, which part was zoomed into. A part of chart.js.

function answer(chart) {
  chart.plot.on("plotly_click", ({ points }) => pick(chart, points));
  chart.plot.on("plotly_relayout", (change) => {
    if (Object.keys(change).some(isByHand)) tellZoom(chart, ranges(chart));
  });
}

// A zoom by hand names each end, "xaxis.range[0]"; our own reset names whole ranges.
function isByHand(name) {
  return /^[xy]axis\.range\[/.test(name);
}

function pick(chart, points) {
  if (!chart.picks || !points?.length) return;
  const cell = points.find(({ fullData }) => fullData.type === "heatmap");
  const at = cell ? cellPlace(chart.plot.calcdata[cell.curveNumber][0], cell) : [points[0].x, points[0].y];
  tellPick(chart, at);
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
