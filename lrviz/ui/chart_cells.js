// How a heatmap is read by keyboard, cell by cell: a part of chart.js.
const CELL_STEPS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1], Home: [-Infinity, 0], End: [Infinity, 0],
};

// The first heatmap that is drawn: its edges and its axes.
function grid(chart) {
  const found = chart.plot.calcdata?.find(([first]) => first?.trace?.type === "heatmap" && first.trace.visible === true);
  if (!found) return null;
  const { x, y, xCenter, yCenter, trace } = found[0];
  const axes = chart.plot._fullLayout;
  const [xaxis, yaxis] = [trace.xaxis, trace.yaxis].map((id) => axes[`${id[0]}axis${id.slice(1)}`]);
  return { drawn: { x, y, xCenter, yCenter }, xaxis, yaxis, subplot: trace.xaxis + trace.yaxis };
}

function moveCell(chart, event) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "Escape") return clearCursor(chart);
  if (event.key === "Enter" && chart.cell) return tellPick(chart, cellAt(chart, chart.cell));
  if (event.key === "-") return resetZoom(chart);
  if (event.key === "+" && chart.cell && chart.zooms) return zoomToCell(chart);
  const steps = CELL_STEPS[event.key];
  if (!steps) return;
  event.preventDefault();
  toCell(chart, stepped(chart, steps, event.shiftKey ? 10 : 1));
}

function stepped(chart, [right, up], by) {
  const { drawn, xaxis, yaxis } = grid(chart);
  if (!chart.cell) return [visible(xaxis, drawn.x), visible(yaxis, drawn.y)].map(([first, last]) => (first + last) >> 1);
  const rises = (axis, edges) => Math.sign(axis.c2p(edges[edges.length - 1]) - axis.c2p(edges[0]));
  const [column, row] = chart.cell;
  return [column + (right && right * by * rises(xaxis, drawn.x)), row - (up && up * by * rises(yaxis, drawn.y))];
}

// The first and last cell whose middle is in the part that is shown.
function visible(axis, edges) {
  const inside = Array.from({ length: edges.length - 1 }, (_, i) => {
    const at = axis.c2p(middle(axis, edges, i));
    return at >= 0 && at <= axis._length;
  });
  return [Math.max(0, inside.indexOf(true)), Math.max(0, inside.lastIndexOf(true))];
}

function toCell(chart, cell) {
  const found = grid(chart);
  if (!found) return leaveCursor(chart);
  const { drawn, xaxis, yaxis } = found;
  const ends = [visible(xaxis, drawn.x), visible(yaxis, drawn.y)];
  chart.cell = cell.map((index, way) => Math.min(ends[way][1], Math.max(ends[way][0], index)));
  const [column, row] = chart.cell;
  surround(chart, span(xaxis, drawn.x, column), span(yaxis, drawn.y, row));
  const [xval, yval] = cellAt(chart, chart.cell);
  window.Plotly.Fx.hover(chart.plot, { xval, yval }, found.subplot);
  clearTimeout(chart.speaking);
  chart.speaking = setTimeout(() => speakCell(chart), HOVER_PAUSE);
}

// Where a cell begins and ends, in pixels from the chart's left or top, no farther than the axis goes.
function span(axis, edges, index) {
  const ends = [edges[index], edges[index + 1]].map((edge) => Math.min(axis._length, Math.max(0, axis.c2p(edge))));
  return ends.sort((a, b) => a - b).map((end) => end + axis._offset);
}

function surround(chart, [left, right], [top, bottom]) {
  const { ring, plot } = chart;
  const box = { left: left + plot.offsetLeft, top: top + plot.offsetTop, width: right - left, height: bottom - top };
  for (const [name, pixels] of Object.entries(box)) ring.style[name] = `${pixels}px`;
  ring.hidden = false;
}

function cellAt(chart, [column, row]) {
  const { drawn, xaxis, yaxis } = grid(chart);
  return cellPlace(drawn, { pointNumber: [row, column], xaxis, yaxis });
}

function zoomToCell(chart) {
  const at = cellAt(chart, chart.cell);
  const { xaxis, yaxis } = chart.plot._fullLayout;
  const update = {};
  [xaxis, yaxis].forEach((axis, way) => {
    const [here, quarter] = [axis.c2r(at[way]), (axis.range[1] - axis.range[0]) / 4];
    Object.assign(update, { [`${axis._name}.range[0]`]: here - quarter, [`${axis._name}.range[1]`]: here + quarter });
  });
  return window.Plotly.relayout(chart.plot, update).then(() => chart.cell && toCell(chart, chart.cell));
}

function speakCell(chart) {
  if (chart.gone || !chart.cell) return;
  const labels = [...chart.plot.querySelectorAll(".hoverlayer .hovertext text")].map(linesOf);
  chart.spoken.textContent = labels.filter(Boolean).join(", ") || cellAt(chart, chart.cell).map(short).join(", ");
}

function linesOf(text) {
  const lines = [...text.querySelectorAll("tspan.line")].map((line) => line.textContent.trim());
  return lines.length ? lines.filter(Boolean).join(", ") : text.textContent.trim();
}
