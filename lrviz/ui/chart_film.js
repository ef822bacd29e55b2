// A chart that plays: the same figure at another frame of data that came once. A part of chart.js.
// The arrays with one value a point: what is cut where a frame shows only the first points.
const POINTWISE = new Set([
  "x", "y", "z", "text", "hovertext", "customdata", "color", "size", "symbol", "opacity", "array", "arrayminus",
]);

// --- the controls ----------------------------------------------------------------------------------------------

function describeFilm(chart) {
  const { film } = chart;
  if (!film) return putAway(chart);
  if (!chart.clock) buildFilm(chart);
  const { clock, filmBox } = chart, last = film.frames - 1;
  filmBox.hidden = false;
  clock.perSecond = film.per_second;
  setFrames(clock, last, film.begin ?? last);
  describeBar(clock, film.words);
  showFrame(chart);
}

function putAway({ clock, filmBox }) {
  if (!clock) return;
  stopClock(clock);
  filmBox.hidden = true;
}

function buildFilm(chart) {
  const { root, spoken } = chart;
  chart.filmBox = element("div", "lrviz-chart-film", root);
  chart.caption = element("p", "", chart.filmBox);
  chart.clock = makeClock({ root, spoken, perSecond: 1, draw: () => drawFrame(chart), sentence: () => captionOf(chart) || countOf(chart.clock) });
  buildBar(chart.clock, chart.filmBox);
  wireKeys(chart.clock, chart.filmBox);
}

// On the picture itself space plays, while the arrow keys read it.
function playsBy(chart, event) {
  if (!chart.film || event.key !== " ") return false;
  event.preventDefault();
  toggle(chart.clock);
  return true;
}

function showFrame(chart) {
  showClock(chart.clock);
  chart.caption.textContent = captionOf(chart);
  chart.caption.hidden = !chart.film.caption;
}

function captionOf({ film, clock }) {
  const values = Object.entries(film.values).map(([name, numbers]) => [name, written(numbers[clock.step])]);
  return filledIn(film.caption, { ...Object.fromEntries(values), frame: clock.step, frames: clock.last });
}

// --- the frames ------------------------------------------------------------------------------------------------

// Draws another frame, once however often it is asked for; a paint that is under way goes round once more instead.
async function drawFrame(chart) {
  showFrame(chart);
  if (chart.shown === chart.clock.step || !chart.wired) return;
  if (chart.painting) return void (chart.stale = true);
  const began = performance.now();
  if (chart.plot._hoverdata) window.Plotly.Fx.unhover(chart.plot); // its numbers are another frame's
  await paintOnce(chart);
  chart.root.dataset.cost = (performance.now() - began).toFixed(2);
  if (chart.cursor !== null && !chart.clock.playing) readOut(chart, chart.cursor);
}

// The traces as they are at the frame the clock stands at.
function framed(chart) {
  chart.shown = chart.film ? chart.clock.step : null;
  return chart.figure.data.map((trace) => (chart.film && trace.film ? atFrame(trace, chart.shown) : trace));
}

function atFrame({ film, ...trace }, frame) {
  const { reach, ...rows } = film;
  const cut = reach ? firstPoints(trace, Math.max(trace.x?.length ?? 0, trace.y?.length ?? 0), reach[frame]) : trace;
  return Object.entries(rows).reduce((made, [path, frames]) => put(made, path.split("."), shaped(trace, path, frames[frame])), cut);
}

// A trace cut to its first points; of none there is a gap left, so that it keeps its place in the legend.
function firstPoints(node, whole, count) {
  const cut = ([name, leaf]) => {
    if (isBranch(leaf)) return [name, firstPoints(leaf, whole, count)];
    if (!POINTWISE.has(name) || leaf?.length !== whole || typeof leaf === "string") return [name, leaf];
    return [name, count ? leaf.slice(0, count) : [null]];
  };
  return Object.fromEntries(Object.entries(node).map(cut));
}

function put(node, [name, ...rest], value) {
  return { ...node, [name]: rest.length ? put(node[name] ?? {}, rest, value) : value };
}

// The heights of a surface or heatmap come as one row a frame.
function shaped({ z }, path, values) {
  const columns = path === "z" ? z?.[0]?.length : 0;
  return columns ? Array.from(z, (_, row) => values.subarray(row * columns, (row + 1) * columns)) : values;
}
