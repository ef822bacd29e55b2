// What the pad draws and how a stroke becomes a curve: no state and no events.

export const number = (value) => {
  const size = Math.abs(value);
  if (size && (size < 1e-4 || size >= 1e6)) return value.toExponential(2).replace(/\.?0+e/, "e").replace("e+", "e");
  return String(Number(value.toPrecision(4)));
};

export const path = (pixels) =>
  pixels.map(([x, y], index) => `${index ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

export function point() {
  const node = document.createElementNS("http://www.w3.org/2000/svg", "g");
  Object.entries({ class: "point", tabindex: "0", role: "slider", "aria-orientation": "vertical", "aria-keyshortcuts": "Delete" })
    .forEach(([name, text]) => node.setAttribute(name, text));
  node.innerHTML = `<circle class="reach" r="22"/><circle class="ring" r="11"/><circle class="dot" r="5.5"/>`;
  return node;
}

// --- between points --------------------------------------------------------------------------------------------

export function value(points, x, interpolation) {
  const after = points.findIndex((point) => point[0] > x);
  if (after <= 0) return (after ? points.at(-1) : points[0])[1];
  const [[x0, y0], [x1, y1]] = [points[after - 1], points[after]];
  const share = (x - x0) / (x1 - x0);
  if (interpolation === "step") return y0;
  return interpolation === "log" && y0 > 0 && y1 > 0 ? y0 * (y1 / y0) ** share : y0 + share * (y1 - y0);
}

export function pixels(points, interpolation, logAxis, toX, toY) {
  const corners = points.map(([x, y]) => [toX(x), toY(y)]);
  if (interpolation === "step") return corners.flatMap(([x, y], k) => (k ? [[x, corners[k - 1][1]], [x, y]] : [[x, y]]));
  if ((interpolation === "log") === logAxis) return corners;
  const bent = corners.slice(1).flatMap(([right], k) => {
    const parts = Math.max(2, Math.ceil((right - corners[k][0]) / 2));
    return range(parts).map((part) => points[k][0] + ((points[k + 1][0] - points[k][0]) * part) / parts);
  });
  return [...bent, points.at(-1)[0]].map((x) => [toX(x), toY(value(points, x, interpolation))]);
}

// --- freehand --------------------------------------------------------------------------------------------------

// A height per pixel column, so that drawing back and forth still leaves one value per x.
export class Stroke {
  constructor(x, y) {
    this.columns = new Map();
    this.end = [Math.round(x), y];
    this.extend(x, y);
  }

  extend(x, y) {
    const [from, height] = this.end;
    const to = Math.round(x), count = Math.abs(to - from);
    for (let k = 0; k <= count; k++)
      this.columns.set(from + k * Math.sign(to - from), count ? height + (k / count) * (y - height) : y);
    this.end = [to, y];
  }

  get left() { return Math.min(...this.columns.keys()); }
  get right() { return Math.max(...this.columns.keys()); }

  // The places left of the stroke, the stroke, and the places right of it.
  over(places) {
    const { left, right } = this;
    const middle = [...this.columns].sort((a, b) => a[0] - b[0]);
    return [places.filter(([x]) => x < left), middle, places.filter(([x]) => x > right)];
  }
}

// The ends, then always the place farthest from the line drawn so far, until there are enough or none is far.
export function thinned(places, most, slack) {
  if (places.length <= 2 || (places.length <= most && !slack)) return places;
  const kept = [0, places.length - 1];
  while (kept.length < most) {
    const farthest = kept.slice(1).map((end, k) => bulge(places, kept[k], end)).reduce((a, b) => (b.away > a.away ? b : a));
    if (farthest.away <= slack) break;
    kept.push(farthest.index);
    kept.sort((a, b) => a - b);
  }
  return kept.map((index) => places[index]);
}

function bulge(places, start, end) {
  const [ax, ay] = places[start], [bx, by] = places[end];
  let best = { away: 0, index: start };
  for (let index = start + 1; index < end; index++) {
    const [x, y] = places[index];
    const away = Math.abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / (Math.hypot(bx - ax, by - ay) || 1);
    if (away > best.away) best = { away, index };
  }
  return best;
}

// --- axes ------------------------------------------------------------------------------------------------------

export function axes({ x, y, left, right, top, bottom, height, toX, toY }) {
  const levels = y.log ? powers(y.low, y.high) : ticks(y.low, y.high, (bottom - top) / 36);
  return [
    ...levels.map((level) => `<line x1="${left}" x2="${right}" y1="${toY(level)}" y2="${toY(level)}"/>`),
    ...levels.map((level) => text(left - 13, toY(level) + 4, "end", number(level))),
    ...ticks(x.low, x.high, (right - left) / 80).map((at) => text(toX(at), bottom + 18, "middle", number(at))),
    text(0, 14, "start", y.label),
    text(right, height - 5, "end", x.label),
  ].join("");
}

function text(x, y, anchor, words) {
  const safe = words.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]);
  return `<text aria-hidden="true" x="${x}" y="${y}" text-anchor="${anchor}">${safe}</text>`;
}

function ticks(low, high, about) {
  const rough = (high - low) / Math.max(2, about);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((nice) => nice * power >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9);
  return range(Math.floor(high / step + 1e-9) - first + 1).map((k) => Number(((first + k) * step).toPrecision(12)));
}

function powers(low, high) {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const tens = range(Math.max(0, Math.floor(Math.log10(high) + 1e-9) - first + 1)).map((k) => Number(`1e${first + k}`));
  return tens.length > 1 ? tens : [low, high].map((end) => Number(end.toPrecision(2)));
}

const range = (count) => Array.from({ length: count }, (_, index) => index);
