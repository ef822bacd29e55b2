// Rows of plates: a symbol, its value, and the formula with numbers it comes from.
const STYLE = "%STYLE%";
const SHORT = 2; // so many plates and their result fit into half of the width
const panels = new WeakMap();

export default function ({ data, parentElement }) {
  const panel = panels.get(parentElement) ?? build(parentElement);
  panels.set(parentElement, panel);
  const { root } = panel;
  root.dataset.chain = data.key;
  root.setAttribute("aria-label", data.label);
  root.replaceChildren(...data.rows.map((row) => drawRow(row, palette(root))));
  root.dataset.revision = ++panel.revision;
  return () => (root.remove(), panels.delete(parentElement));
}

function build(parent) {
  const root = element("div", "chain", { role: "list" });
  parent.append(Object.assign(document.createElement("style"), { textContent: STYLE }), root);
  return { root, revision: 0 };
}

function drawRow({ label, plates, result, spoken }, colours) {
  const row = element("div", plates.length > SHORT ? "row long" : "row", { role: "listitem" });
  const seen = element("div", "seen", { "aria-hidden": "true" });
  if (label) seen.append(text("span", "label", label));
  seen.append(...plates.flatMap((plate) => [sign(plate.sign), drawPlate(plate, colours)]).filter(Boolean));
  seen.append(sign("="), drawPlate(result, colours, "result"));
  row.append(text("span", "spoken", spoken), seen);
  return row;
}

function drawPlate({ top, bottom, value, note, color, marked }, colours, more = "") {
  const plate = element("span", `plate ${more} ${marked ? "marked" : ""}`);
  plate.style.setProperty("--ink", colour(color, colours));
  const line = element("span", "line");
  const symbol = element("span", bottom ? "symbol fraction" : "symbol");
  symbol.append(indexed("span", top));
  if (bottom) symbol.append(indexed("span", bottom));
  line.append(symbol, text("b", "", value));
  plate.append(line);
  if (note) plate.append(indexed("small", note));
  return plate;
}

function sign(what) {
  return what && text("span", "sign", what);
}

// "out_o1" becomes out with the index o1.
function indexed(tag, symbols) {
  const node = element(tag, "");
  symbols.split(/_(\w+)/).forEach((piece, i) => node.append(i % 2 ? text("sub", "", piece) : piece));
  return node;
}

function text(tag, className, content) {
  const node = element(tag, className);
  node.textContent = content;
  return node;
}

function element(tag, className, attributes = {}) {
  const node = document.createElement(tag);
  if (className) node.className = className.trim();
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}
