// What components build of: their nodes, and numbers and words as they stand in them. A part of several scripts.

function element(tag, className, parent, properties = {}, attributes = {}) {
  const node = Object.assign(document.createElement(tag), { className, ...properties });
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  parent.append(node);
  return node;
}

function titled(button, text) {
  if (button.title === text) return;
  button.title = text;
  button.setAttribute("aria-label", text);
}

function written(value, digits = 4) {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
  const rounded = Number(value.toPrecision(digits));
  const text = size && (size < 1e-3 || size >= 1e5) ? rounded.toExponential().replace("e+", "e") : String(rounded);
  return text.replace("-", "−");
}

function filledIn(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// What a projected page asks for (projected.css): letters of at least that many pixels, 0 for any;
function leastLetters(node) {
  return parseFloat(getComputedStyle(node).getPropertyValue("--letters")) || 0;
}

// and how much larger a node stands on the screen than it was laid out.
function enlargement(node) {
  return parseFloat(getComputedStyle(node).getPropertyValue("--enlargement")) || 1;
}

// Where in a node, as it was laid out, the pointer is.
function placeIn(node, { clientX, clientY }) {
  const { left, top } = node.getBoundingClientRect(), scale = enlargement(node);
  return [(clientX - left) / scale, (clientY - top) / scale];
}

function clamped(value, low, high) {
  return Math.min(high, Math.max(low, value));
}
