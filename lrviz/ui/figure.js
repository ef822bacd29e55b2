// The packed message and the one Plotly: a part of every script that shows a figure.
const PLOTLY = "%PLOTLY%";
const NUMBERS = {
  f4: Float32Array, f8: Float64Array, i1: Int8Array, i2: Int16Array, i4: Int32Array,
  u1: Uint8Array, u2: Uint16Array, u4: Uint32Array,
};
let plotly = null;

// --- the message -----------------------------------------------------------------------------------------------

function unpack(message) {
  const bytes = message.slice(); // typed arrays need an aligned start, which a websocket message does not promise
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return revive(header, bytes.buffer, Math.ceil((4 + length) / 8) * 8, new Map());
}

function revive(node, buffer, start, seen) {
  if (node === null || typeof node !== "object") return node;
  if (Array.isArray(node)) return node.map((leaf) => revive(leaf, buffer, start, seen));
  if (node.$) return numbers(node.$, buffer, start, seen);
  if (node.$runs) return unrolled(node, ...node.$runs.map(({ $ }) => numbers($, buffer, start, seen)));
  if (node.$named) return named(node, revive(node.$named, buffer, start, seen));
  return Object.fromEntries(Object.entries(node).map(([name, leaf]) => [name, revive(leaf, buffer, start, seen)]));
}

function numbers(place, buffer, start, seen) {
  const [offset, count, dtype, columns] = place;
  const id = place.join();
  if (seen.has(id)) return seen.get(id);
  const flat = new NUMBERS[dtype](buffer, start + offset, count);
  const rows = columns ? Math.round(count / columns) : 0;
  const values = columns ? Array.from({ length: rows }, (_, row) => flat.subarray(row * columns, (row + 1) * columns)) : flat;
  seen.set(id, values);
  return values;
}

// A matrix of bytes that came as runs of equal ones, along its rows or down its columns.
function unrolled({ columns, down }, values, lengths) {
  const flat = new values.constructor(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  values.forEach((value, i) => flat.fill(value, at, (at += lengths[i])));
  const rows = flat.length / columns;
  const column = (i) => flat.constructor.from({ length: columns }, (_, n) => flat[n * rows + i]);
  const row = (i) => (down ? column(i) : flat.subarray(i * columns, (i + 1) * columns));
  return Array.from({ length: rows }, (_, i) => row(i));
}

// A matrix of whole numbers as one of texts: the name of each number, counted from the least.
function named({ names, least }, rows) {
  return rows.map((row) => Array.from(row, (number) => names[number - least]));
}

// --- drawing ---------------------------------------------------------------------------------------------------

function loadPlotly() {
  if (window.Plotly) return Promise.resolve();
  plotly ??= new Promise((resolve, reject) => {
    const src = new URL(PLOTLY, document.baseURI).href;
    const script = Object.assign(document.createElement("script"), { src, onerror: reject });
    script.onload = () => (window.Plotly ? resolve() : reject());
    document.head.append(script);
  }).catch((error) => {
    plotly = null; // the next figure asks again
    throw error;
  });
  return plotly;
}

// A figure with letters of at least that size.
function legible(node, least) {
  if (!least) return node;
  if (Array.isArray(node)) return node.map((leaf) => legible(leaf, least));
  if (!isBranch(node)) return node;
  const raised = ([name, leaf]) => [name, /font$/.test(name) && leaf?.size < least ? { ...leaf, size: least } : legible(leaf, least)];
  return Object.fromEntries(Object.entries(node).map(raised));
}

function filled(given, fallback) {
  const result = { ...given };
  for (const [name, value] of Object.entries(fallback)) {
    if (result[name] === undefined) result[name] = value;
    else if (isBranch(result[name]) && isBranch(value)) result[name] = filled(result[name], value);
  }
  return result;
}

function isBranch(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
