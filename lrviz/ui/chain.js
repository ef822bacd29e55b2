// Rows of plates: a symbol, its value, and the formula with numbers it comes from.
const STYLE = "%STYLE%";
const SHORT = 2; // so many plates and their result fit into half of the width
const WORDY = 26; // letters of a formula that ask for the whole width
const panels = new WeakMap();

export default function ({ data, parentElement }) {
  const panel = panels.get(parentElement) ?? build(parentElement);
  panels.set(parentElement, panel);
  const { root } = panel;
  root.dataset.chain = data.key;
  root.setAttribute("aria-label", data.label);
  root.replaceChildren();
  for (const row of data.rows) drawRow(root, row, palette(root));
  root.dataset.revision = ++panel.revision;
  return () => (root.remove(), panels.delete(parentElement));
}

function build(parent) {
  element("style", "", parent, { textContent: STYLE });
  return { root: element("div", "chain", parent, {}, { role: "list" }), revision: 0 };
}

function drawRow(root, { label, plates, result, then, spoken }, colours) {
  const wordy = plates.some(({ note }) => note.length > WORDY);
  const size = plates.length > SHORT || wordy || then ? "long" : plates.length ? "" : "single";
  const row = element("div", `row ${size}`, root, {}, { role: "listitem" });
  said("spoken", spoken, row);
  const seen = element("div", "seen", row, {}, { "aria-hidden": "true" });
  if (label) said("label", label, seen);
  for (const plate of plates) {
    if (plate.sign) said("sign", plate.sign, seen);
    drawPlate(seen, plate, colours);
  }
  if (plates.length) said("sign", "=", seen);
  drawPlate(seen, result, colours, "result");
  if (!then) return;
  said("sign", "→", seen);
  drawPlate(seen, then, colours, "result");
}

function drawPlate(parent, { top, bottom, value, note, color, marked }, colours, more = "") {
  const plate = element("span", `plate ${more} ${marked ? "marked" : ""}`, parent);
  plate.style.setProperty("--ink", colour(color, colours));
  const line = element("span", "line", plate), symbol = element("span", bottom ? "symbol fraction" : "symbol", line);
  indexed(element("span", "", symbol), top);
  if (bottom) indexed(element("span", "", symbol), bottom);
  element("b", "", line, { textContent: value });
  if (note) indexed(element("small", "", plate), note);
}

function said(className, textContent, parent) {
  return element("span", className, parent, { textContent });
}

// "out_o1" becomes out with the index o1.
function indexed(node, symbols) {
  symbols.split(/_(\w+)/).forEach((textContent, i) => (i % 2 ? element("sub", "", node, { textContent }) : node.append(textContent)));
}
