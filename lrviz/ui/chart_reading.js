// How a chart is read by keyboard: a part of chart.js, served with it as one script.

function moveCursor(chart, event) {
  if (event.key === "Escape") return clearCursor(chart);
  if (event.key === "Enter" && chart.cursor !== null) return pick(chart, chart.plot._hoverdata);
  const step = CURSOR_STEPS[event.key];
  if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  const [first, last] = visibleEnds(chart);
  if (last < first) return;
  event.preventDefault();
  const from = chart.cursor ?? (step > 0 ? first - 1 : last + 1);
  readOut(chart, Math.min(last, Math.max(first, from + step * (event.shiftKey ? 10 : 1))));
}

function visibleEnds(chart) {
  const shown = chart.plot._fullLayout.xaxis;
  const [low, high] = shown.range.map((end) => shown.r2c(end)).sort((a, b) => a - b);
  const inside = Array.from(positions(chart), (x) => x >= low && x <= high);
  return [Math.max(0, inside.indexOf(true)), inside.lastIndexOf(true)];
}

function positions(chart) {
  const shown = chart.plot._fullData.filter((trace) => trace.visible === true).map(abscissae);
  return shown.reduce((longest, xs) => (xs.length > longest.length ? xs : longest), []);
}

function abscissae(trace) {
  if (trace.x?.length) return trace.x;
  return Array.from(trace.y ?? [], (_, i) => (trace.x0 ?? 0) + i * (trace.dx ?? 1));
}

function readOut(chart, index) {
  const xs = positions(chart);
  chart.cursor = Math.min(index, xs.length - 1);
  if (xs.length) window.Plotly.Fx.hover(chart.plot, { xval: xs[chart.cursor] });
  clearTimeout(chart.speaking);
  chart.speaking = setTimeout(() => speak(chart), HOVER_PAUSE);
}

function speak(chart) {
  const points = [...(chart.plot._hoverdata ?? [])].sort((a, b) => a.curveNumber - b.curveNumber);
  if (chart.cursor === null || chart.gone || !points.length) return;
  const title = points[0].xaxis?.title?.text ?? "x";
  const values = points.map(({ data, y }) => `${unescaped(data.name ?? "")} ${short(y)}`.trim());
  chart.spoken.textContent = `${title} ${short(points[0].x)}: ${values.join(", ")}`;
}

// A learner's own name comes escaped, so that Plotly never takes it for markup.
function unescaped(name) {
  return name.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function short(value) {
  return typeof value === "number" ? String(Number(value.toPrecision(4))) : String(value);
}

function leaveCursor(chart) {
  chart.cursor = chart.cell = null;
  chart.ring.hidden = true;
}

function clearCursor(chart) {
  leaveCursor(chart);
  chart.spoken.textContent = "";
  window.Plotly.Fx.unhover(chart.plot);
}
