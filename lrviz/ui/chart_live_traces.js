// What a job has brought so far, and the traces of a live chart as they stand: a part of chart.js.
const MOST_DRAWN = 1_500;

// Numbers travel as base 64; {b, t, s} becomes rows of s[1] numbers, or one row.
function decoded(node) {
  if (node === null || typeof node !== "object") return node;
  if (Array.isArray(node)) return node.map(decoded);
  if (typeof node.b !== "string") return Object.fromEntries(Object.entries(node).map(([name, leaf]) => [name, decoded(leaf)]));
  const bytes = Uint8Array.from(atob(node.b), (letter) => letter.charCodeAt(0));
  const flat = new NUMBERS[node.t](bytes.buffer);
  flat.columns = node.s.length > 1 ? node.s.slice(1).reduce((a, b) => a * b, 1) : 1;
  return flat;
}

class Brought {
  constructor() {
    this.events = [];
    this.latest = {};
    this.grown = new Map();
    this.filled = new Map();
  }

  take(event) {
    this.events.push(event);
    Object.assign(this.latest, event);
  }

  // All values of a field so far, one after another: one column of each event's rows, or a quantile over its columns.
  column({ grow, column = 0, share, at: places, shift = 0 }) {
    const id = [grow, column, share, places, shift].join();
    if (!this.grown.has(id)) this.grown.set(id, { seen: 0, x: [], y: [] });
    const held = this.grown.get(id);
    const read = share === undefined ? (values, from) => values[from + column] : (values, from, to) => quantile(values.slice(from, to), share);
    for (; held.seen < this.events.length; held.seen++) append(held, this.events[held.seen], { grow, places, shift, read });
    return held;
  }
}

// Without places of their own the last of an event's values belongs to its step, and those before it to the steps before.
function append({ x, y }, event, { grow, places, shift, read }) {
  const found = at(event, grow);
  if (found === undefined || found === null) return;
  const values = typeof found === "number" ? [found] : found, columns = values.columns ?? 1;
  const rows = values.length / columns, steps = places && at(event, places);
  for (let row = 0; row < rows; row++) {
    x.push((steps ? steps[row] : event.step - rows + 1 + row) + shift);
    y.push(read(values, row * columns, (row + 1) * columns));
  }
}

// What is no number counts as the largest there is: a run that broke is worse than any.
function quantile(row, share) {
  const sorted = Array.from(row, (value) => (Number.isFinite(value) ? value : Infinity)).sort((a, b) => a - b);
  const place = share * (sorted.length - 1), low = Math.floor(place), rest = place - low;
  return rest ? sorted[low] * (1 - rest) + sorted[low + 1] * rest : sorted[low];
}

function at(node, path) {
  return path.split(".").reduce((found, name) => found?.[name], node);
}

// A trace as it stands: lines grown by what came, cells filled, whole arrays in their newest state.
function alive(chart, { live, ...trace }) {
  if (!live || !chart.brought) return trace;
  if (live.grow) return grown(chart.brought.column(live), live, trace);
  if (live.across) return across(chart.brought, live, trace);
  if (live.fill) return placed(chart.arriving, live, trace); // another job's cells are none of this map's
  const held = at(chart.brought.latest, live.hold);
  return held === undefined ? trace : put(trace, live.into.split("."), shaped(trace, live.into, scaledBy(held, live.divide)));
}

function scaledBy(values, divisor) {
  return divisor ? Float32Array.from(values, (value) => value / divisor) : values;
}

function grown(held, { smooth, scale }, trace) {
  const y = smooth ? smoothed(held, smooth) : held.y;
  const kept = thinned(y.length);
  const drawn = kept.map((i) => (Number.isFinite(y[i]) ? y[i] * (scale ?? 1) : null));
  return { ...trace, x: kept.map((i) => held.x[i]), y: drawn };
}

// Two fields against each other, such as loss against rate.
function across(brought, { across: [x, y], column }, trace) {
  const drawn = brought.column({ grow: y, column }).y.map((v) => (Number.isFinite(v) ? v : null));
  return { ...trace, x: [...brought.column({ grow: x }).y], y: drawn };
}

// The debiased average of TensorBoard: what is not finite neither counts nor is smoothed.
function smoothed(held, beta) {
  held.smooth ??= { beta, y: [], sum: 0, weight: 1 };
  if (held.smooth.beta !== beta) held.smooth = { beta, y: [], sum: 0, weight: 1 };
  const { smooth, y } = held;
  for (let i = smooth.y.length; i < y.length; i++) {
    if (!Number.isFinite(y[i])) { smooth.y.push(NaN); continue; }
    smooth.sum = beta * smooth.sum + (1 - beta) * y[i];
    smooth.weight *= beta;
    smooth.y.push(smooth.sum / (1 - smooth.weight));
  }
  return smooth.y;
}

function thinned(count) {
  const stride = Math.max(1, Math.ceil(count / MOST_DRAWN));
  const kept = [];
  for (let i = count - 1; i >= 0; i -= stride) kept.push(i);
  return kept.reverse();
}

// Cells in the order they came: into a heatmap row by row, or along a line. `places` says where in the trace each is, -1
// where it has none; without it a cell's number is its place. In a heatmap each may stand for a square of `size` cells a
// side. `set` puts the newest of other fields into attributes.
function placed(brought, { fill: [cells, values, size], places, set }, trace) {
  const held = heldFor(brought, `${values} ${places ?? ""}`, trace);
  const columns = trace.z ? trace.z[0].length : held.flat.length;
  for (; held.seen < brought.events.length; held.seen++) {
    const event = brought.events[held.seen], found = at(event, values), side = size ? at(event, size) : 1;
    at(event, cells)?.forEach((cell, i) => {
      const place = places ? places[cell] : cell;
      if (place >= 0) fillSquare(held.flat, place, columns, side, Number.isFinite(found[i]) ? found[i] : null);
    });
  }
  const newest = Object.entries(set ?? {}).filter(([, path]) => Number.isFinite(at(brought.latest, path)));
  const filled = { ...trace, ...(trace.z ? { z: inRows(held.flat, trace.z) } : { y: [...held.flat] }) };
  return newest.reduce((made, [name, path]) => put(made, name.split("."), at(brought.latest, path)), filled);
}

function inRows(flat, { length, 0: { length: columns } }) {
  return Array.from({ length }, (_, row) => flat.slice(row * columns, (row + 1) * columns));
}

function heldFor(brought, id, { z, y }) {
  if (!brought.filled.has(id)) {
    const flat = z ? Array.from(z, (row) => Array.from(row)).flat() : Array.from(y);
    brought.filled.set(id, { seen: 0, flat: flat.map((value) => (Number.isFinite(value) ? value : null)) });
  }
  return brought.filled.get(id);
}

function fillSquare(flat, place, columns, side, value) {
  for (let row = 0; row < side; row++) flat.fill(value, place + row * columns, place + row * columns + side);
}
