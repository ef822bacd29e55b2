// Draws a figure with Plotly.react on one node for the life of the component.
const STYLE = "%STYLE%";

const CONFIG = { displayModeBar: false, displaylogo: false, scrollZoom: false, doubleClick: false, showTips: false };
const CURSOR_STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
const HOVER_PAUSE = 80; // ms; Plotly draws at most one hover in 50 ms and sends no event for one of ours
const NARROW = 560; // px
const charts = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const chart = charts.get(parentElement) ?? build(parentElement);
  charts.set(parentElement, chart);
  Object.assign(chart, unpack(data), { tell: setTriggerValue });
  describe(chart);
  loadPlotly().then(() => paint(chart), () => giveUp(chart));
  return () => dismantle(chart, parentElement);
}

// --- the figure as it is drawn ---------------------------------------------------------------------------------

function dressed(chart) {
  const colours = palette(chart.root);
  const layout = coloured(liveLayout(chart, chart.figure.layout ?? {}), colours);
  const axes = ["xaxis", "yaxis", ...Object.keys(layout)].filter((name) => /^[xy]axis\d*$/.test(name));
  for (const name of axes) layout[name] = filled(layout[name] ?? {}, axis(name, colours));
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) delete layout.transition;
  if (isNarrow(chart)) listLines(layout);
  const data = coloured(framed(chart).map((trace) => alive(chart, trace)), colours);
  return legible({ data, layout: filled(layout, frame(colours, chart.root)) }, leastLetters(chart.root));
}

function isNarrow(chart) {
  return chart.root.clientWidth < NARROW;
}

// Where there is no room for names at the ends of lines, a legend under the picture has them.
function listLines(layout) {
  layout.hoverlabel = { ...layout.hoverlabel, namelength: 20 }; // a whole name can be wider than the picture
  for (const note of layout.annotations ?? []) if (note.name === "runaway") note.font = { ...note.font, size: 11 };
  const others = (layout.annotations ?? []).filter(({ name }) => name !== "line-end");
  if (others.length === (layout.annotations ?? []).length) return;
  Object.assign(layout, {
    annotations: others, showlegend: true, legend: { orientation: "h", x: 0, y: -0.2, yanchor: "top", font: { size: 13 } },
    margin: { ...layout.margin, l: 72, r: 12 },
  });
}

function axis(name, colours) {
  return {
    ...(name.startsWith("y") && { hoverformat: ".4~g" }),
    gridcolor: colours.grid, gridwidth: 1, zeroline: false, linecolor: colours.grid,
    tickcolor: colours.grid, title: { standoff: 8, font: { size: 14 } },
  };
}

function frame(colours, root) {
  const family = getComputedStyle(root).getPropertyValue("--st-font").trim() || "sans-serif";
  return {
    uirevision: "keep", autosize: true, paper_bgcolor: colours.background, plot_bgcolor: colours.background,
    // A finger that drags over the picture scrolls the page; a mouse draws the zoom box.
    dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
    font: { family, size: 14, color: colours.text },
    margin: { t: 8, r: 16, b: 48, l: 56 },
    hoverlabel: { bgcolor: colours.background, bordercolor: colours.grid, font: { family, color: colours.text } },
    legend: { bgcolor: "rgba(0,0,0,0)" },
  };
}

// --- the component's own elements ------------------------------------------------------------------------------

function build(parent) {
  const root = element("div", "lrviz-chart", parent);
  element("style", "", root, { textContent: STYLE });
  const bar = element("div", "lrviz-chart-bar", root);
  const plot = element("div", "lrviz-chart-plot", root, { tabIndex: 0 });
  const spoken = element("div", "lrviz-chart-spoken", root);
  plot.setAttribute("role", "img");
  spoken.setAttribute("aria-live", "polite");
  const chart = { root, plot, spoken, revision: 0, cursor: null, cell: null, wired: false, gone: false };
  chart.ring = element("div", "lrviz-chart-cell", root, { hidden: true });
  chart.reset = button(bar, "⟲", () => resetZoom(chart));
  chart.failure = element("div", "lrviz-chart-failure", root, { hidden: true });
  chart.failure.setAttribute("role", "alert");
  chart.png = button(bar, "PNG", () => download(chart, "png"));
  chart.svg = button(bar, "SVG", () => download(chart, "svg"));
  chart.reset.hidden = true;
  return chart;
}

function button(parent, text, press) {
  return element("button", "", parent, { type: "button", textContent: text, onclick: press });
}

function describe(chart) {
  chart.root.dataset.chart = chart.key;
  chart.root.classList.toggle("lrviz-chart-picks", chart.picks && !chart.zooms);
  chart.root.style.setProperty("--height", `${chart.height}px`);
  chart.plot.setAttribute("aria-label", chart.alt);
  chart.plot.setAttribute("aria-description", chart.words.keys);
  for (const [name, word] of [["png", "png"], ["svg", "svg"], ["reset", "reset_zoom"]]) {
    titled(chart[name], chart.words[word]);
  }
  describeFilm(chart);
  describeLive(chart);
}

function dismantle(chart, parent) {
  chart.gone = true;
  leaveJob(chart);
  if (chart.clock) stopClock(chart.clock);
  chart.watcher?.disconnect();
  window.Plotly?.purge(chart.plot);
  chart.root.remove();
  charts.delete(parent);
}

// --- painting --------------------------------------------------------------------------------------------------

function giveUp(chart) {
  if (!chart.gone) showFailure(chart, chart.words.failed);
}

// What the chart says in place of the picture, or the picture again.
function showFailure(chart, sentence) {
  if (chart.failure.textContent === sentence) return; // an alert is read aloud again whenever it is written
  chart.failure.textContent = sentence;
  chart.failure.hidden = !sentence;
  chart.plot.hidden = chart.png.hidden = chart.svg.hidden = Boolean(sentence);
}

async function paint(chart) {
  chart.stale = true;
  showFailure(chart, "");
  if (chart.painting) return; // the paint that is under way goes round once more
  await paintOnce(chart);
  if (!chart.gone) painted(chart);
}

async function paintOnce(chart) {
  chart.painting = chart.stale = true;
  try {
    while (chart.stale && !chart.gone) await drawn(chart);
  } finally {
    chart.painting = false; // a figure that could not be drawn must not stop the next one
  }
}

function drawn(chart) {
  chart.stale = false;
  const { data, layout } = dressed(chart);
  return window.Plotly.react(chart.plot, data, layout, CONFIG);
}

function painted(chart) {
  if (!chart.wired) wire(chart);
  showReset(chart);
  if (chart.cursor !== null) readOut(chart, chart.cursor);
  if (chart.cell !== null) toCell(chart, chart.cell);
  requestAnimationFrame(() => requestAnimationFrame(() => (chart.root.dataset.revision = ++chart.revision)));
}

function wire(chart) {
  chart.wired = true;
  chart.plot.on("plotly_relayout", () => showReset(chart));
  chart.plot.on("plotly_doubleclick", () => resetZoom(chart));
  chart.plot.onkeydown = (event) => playsBy(chart, event) || (grid(chart) ? moveCell : moveCursor)(chart, event);
  chart.plot.onblur = () => clearCursor(chart);
  chart.plot.onpointermove = () => leaveCursor(chart);
  answer(chart);
  watchSize(chart);
}

function watchSize(chart) {
  const size = () => `${chart.plot.clientWidth} ${chart.plot.clientHeight}`;
  let known = size();
  chart.watcher = new ResizeObserver(() => {
    if (size() === known || !chart.plot.clientWidth || chart.gone) return;
    known = size();
    requestAnimationFrame(() => !chart.gone && paint(chart));
  });
  chart.watcher.observe(chart.plot);
}

// --- zoom and download -----------------------------------------------------------------------------------------

function cartesianAxes(chart) {
  return Object.entries(chart.plot._fullLayout).filter(([name]) => /^[xy]axis\d*$/.test(name));
}

function isZoomed(chart) {
  return cartesianAxes(chart).some(([name, drawn]) => {
    const given = givenRange(chart, name);
    return given ? given.some((end, i) => end !== null && end !== drawn.range[i]) : drawn.autorange === false;
  });
}

function showReset(chart) {
  chart.reset.hidden = !(chart.zoomed || isZoomed(chart));
}

function resetZoom(chart) {
  if (chart.zoomed || isZoomed(chart)) tellZoom(chart, null);
  const update = {};
  for (const [name] of cartesianAxes(chart)) {
    const given = givenRange(chart, name);
    if (given) update[`${name}.range`] = [...given];
    else update[`${name}.autorange`] = chart.figure.layout?.[name]?.autorange ?? true;
  }
  if (document.activeElement === chart.reset) chart.plot.focus(); // the button is about to go
  return window.Plotly.relayout(chart.plot, update);
}

function download(chart, format) {
  const { data, layout, clientWidth: width, clientHeight: height } = chart.plot;
  const scale = format === "png" ? 2 : 1;
  window.Plotly.downloadImage({ data, layout }, { format, scale, width, height, filename: chart.filename });
}
