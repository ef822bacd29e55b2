// The colours of the current theme and of "@tokens": a part of every script that draws with them.
const PALETTES = "%PALETTES%";
// Under these names a learner's own text may start with "@" without being a colour.
const FREE_TEXT = new Set(["name", "text", "hovertext", "hovertemplate", "customdata", "ticktext"]);

function palette(root) {
  return PALETTES[isDark(root) ? "dark" : "light"];
}

function isDark(root) {
  const [red, green, blue] = channels(getComputedStyle(root).getPropertyValue("--st-background-color"));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128;
}

function channels(colour) {
  const pen = document.createElement("canvas").getContext("2d");
  pen.fillStyle = colour.trim();
  return [1, 3, 5].map((at) => parseInt(pen.fillStyle.slice(at, at + 2), 16));
}

function coloured(node, colours) {
  if (typeof node === "string") return colour(node, colours);
  if (Array.isArray(node)) return node.map((leaf) => coloured(leaf, colours));
  if (node === null || typeof node !== "object" || ArrayBuffer.isView(node)) return node;
  return Object.fromEntries(
    Object.entries(node).map(([name, leaf]) => [name, FREE_TEXT.has(name) ? leaf : coloured(leaf, colours)]),
  );
}

function colour(text, colours) {
  if (!text.startsWith("@")) return text;
  const [token, opacity] = text.slice(1).split("/");
  if (!(token in colours)) return text;
  return opacity ? `rgba(${channels(colours[token]).join()},${opacity})` : colours[token];
}
