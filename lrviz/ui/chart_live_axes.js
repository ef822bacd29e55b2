// Axes of a live chart that widen, in round steps, when what is measured leaves them; and arrows where it leaves for good.
// A part of chart.js. An axis says so with {"live": {"of": [fields], "down": bool, "up": bool, "least": number, "fine": bool}}, a note with
// {"live": {"leaves": field, "above": value, "span": ends of x}}; both are in the data's own units.
const ROUND = [1, 2, 5, 10];

function liveLayout(chart, layout) {
  if (!chart.live) return layout;
  const made = { ...layout }, mark = layout.uirevision;
  if (!chart.widened || chart.widened.mark !== mark) chart.widened = { mark, ranges: {} };
  for (const [name, axis] of Object.entries(layout)) {
    if (!axis?.live || !axis.range) continue;
    const { live, ...plain } = axis;
    const range = (chart.widened.ranges[name] = widenedRange(chart, live, axis, chart.widened.ranges[name] ?? axis.range));
    made[name] = { ...plain, range, ...(axis.type === "log" && { dtick: decades(range, live.fine) }) };
  }
  if (made.annotations) made.annotations = made.annotations.flatMap((note) => (note.live ? leaving(chart, note) : [note]));
  return made;
}

// Ticks of a log axis: at 1, 2 and 5 where that is fine and there is room, else at whole decades, or every second one.
function decades([low, high], fine) {
  return high - low > 7 ? 2 : fine && high - low < 3.2 ? "D2" : 1;
}

// The range the chart itself gave an axis, widened or not: what a reset goes back to.
function givenRange(chart, name) {
  return chart.widened?.ranges[name] ?? chart.figure.layout?.[name]?.range;
}

function widenedRange(chart, { of, down, up, least: limit = -Infinity }, { type }, [low, high]) {
  const log = type === "log", real = (end) => (log ? 10 ** end : end);
  const [lowest, most] = extremes(chart, of, log), least = Math.max(lowest, limit);
  const below = down && least < real(low), above = up && most > real(high);
  return [below ? scaleOf(roundDown(least), log) : low, above ? scaleOf(roundUp(most), log) : high];
}

function scaleOf(value, log) {
  return log ? Math.log10(value) : value;
}

function extremes(chart, fields, log) {
  let least = Infinity, most = -Infinity;
  for (const live of fields) {
    for (const value of chart.brought?.column(live).y ?? []) {
      if (!Number.isFinite(value) || (log && value <= 0)) continue;
      if (value < least) least = value;
      if (value > most) most = value;
    }
  }
  return [least, most];
}

function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(Math.abs(value) || 1));
  return value > 0 ? ROUND.find((step) => step * power >= value) * power : -roundDown(-value);
}

function roundDown(value) {
  const power = 10 ** Math.floor(Math.log10(Math.abs(value) || 1));
  return value > 0 ? ROUND.findLast((step) => step * power <= value) * power : value === 0 ? 0 : -roundUp(-value);
}

// An arrow at the top where a field first leaves the picture, saying how far it goes; nothing where it stays.
function leaving(chart, { live: { leaves, above, span }, text, ...note }) {
  const held = chart.brought?.column(leaves), out = (value) => !(value <= above);
  const first = held ? held.y.findIndex(out) : -1;
  if (first < 0) return [];
  const worst = held.y.some((value) => !Number.isFinite(value)) ? Infinity : Math.max(...held.y);
  const x = held.x[first], share = (x - span[0]) / (span[1] - span[0]);
  const xanchor = share < 0.3 ? "left" : share > 0.7 ? "right" : "center";
  return [{ ...note, x, xanchor, text: filledIn(text, { step: x, value: written(worst, 2) }) }];
}
