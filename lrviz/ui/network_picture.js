// The picture of one node and of one edge; colours stand in attributes, so that a download needs no style sheet.
const HALO = 9; // px around a lit line or unit
const HEAD = 11; // px

function tone(net, token) {
  return colour(token, net.colours);
}

// --- nodes -----------------------------------------------------------------------------------------------------

function drawNode(net, node, { font }) {
  const parts = partsOf(net, node.id, () => nodeParts(net, node));
  const { px, py, half, tall, round, lit, crossed } = node, ink = tone(net, node.color);
  const opacity = crossed ? 0.35 : 1, chosen = net.data.chosen === node.id;
  const box = { x: px - half, y: py - tall, width: 2 * half, height: 2 * tall, rx: round };
  parts.group.style.setProperty("--delay", lit ? `${(node.x * 0.3).toFixed(2)}s` : "0s");
  set(parts.halo, { ...box, fill: "none", stroke: ink, "stroke-width": HALO, opacity: lit ? 0.28 : 0 });
  set(parts.base, { ...box, fill: net.colours.background });
  set(parts.tint, { ...box, fill: node.fill ? tone(net, node.fill) : "none", opacity });
  set(parts.shape, { ...box, fill: "none", stroke: ink, "stroke-width": lit || chosen ? 3 : 1.75, opacity, "stroke-dasharray": crossed ? "4 3" : "none" });
  set(parts.cross, { d: crossed ? strikes(px, py, tall * 0.7) : "", stroke: net.colours.text, "stroke-width": 2, opacity: crossed ? 0.4 : 0 });
  write(parts.value, node.value, px, py, font, 600, net.colours.text, crossed ? 0.75 : 1, crossed ? net.colours.background : null);
  write(parts.name, node.name, px, py - tall - font / 2 - 5, font, 600, net.colours.text, crossed ? 0.6 : 1, net.colours.background);
  write(parts.note, node.note, px, py + tall + font / 2 + 6, font, 400, net.colours.muted, 1, net.colours.background);
  set(parts.ring, { x: box.x - 5, y: box.y - 5, width: box.width + 10, height: box.height + 10, rx: round + 5 });
  callable(net, parts.group, node, chosen);
}

function nodeParts(net, { id }) {
  const group = drawn("g", net.layers.nodes);
  const part = (tag, name) => drawn(tag, group, { class: name });
  const parts = {
    kind: "node", group, roots: [group], halo: part("rect", "halo"), base: part("rect", "base"), tint: part("rect", "tint"),
    shape: part("rect", "shape"), cross: part("path", "cross"), value: part("text", "value"), name: part("text", "name"),
    note: part("text", "note"), ring: part("rect", "ring"),
  };
  group.dataset.node = id;
  pickable(net, id, [group], [group]);
  return parts;
}

function strikes(x, y, size) {
  return `M${x - size} ${y - size}L${x + size} ${y + size}M${x - size} ${y + size}L${x + size} ${y - size}`;
}

// --- edges -----------------------------------------------------------------------------------------------------

function drawEdge(net, edge, { font }) {
  const parts = partsOf(net, edge.id, () => edgeParts(net, edge));
  const { begin, finish, lit, pale, backward } = edge, ink = tone(net, edge.color);
  const [from, to] = backward ? [finish, begin] : [begin, finish], chosen = net.data.chosen === edge.id;
  for (const node of parts.roots) node.style.setProperty("--delay", lit ? `${(0.45 * (backward ? 1 - edge.depth : edge.depth)).toFixed(2)}s` : "0s");
  set(parts.line, { x1: begin[0], y1: begin[1], x2: finish[0], y2: finish[1], stroke: ink, "stroke-width": edge.width, opacity: pale ? 0.3 : 1, "stroke-dasharray": pale ? "4 4" : "none" });
  set(parts.glow, { d: `M${from}L${shortened(from, to)}`, stroke: ink, "stroke-width": Math.max(4, edge.width), "stroke-dashoffset": lit ? 0 : 1, opacity: lit ? 1 : 0 });
  set(parts.head, { d: arrow(from, to), fill: ink, opacity: lit ? 1 : 0 });
  set(parts.hit, { x1: begin[0], y1: begin[1], x2: finish[0], y2: finish[1] });
  drawPlate(net, parts, edge, ink, font, chosen);
  callable(net, parts.group, edge, chosen);
  parts.hit.classList.toggle("still", !edge.picks);
}

function drawPlate(net, parts, edge, ink, font, chosen) {
  const { value, extra, px, py, plateWidth: wide, plateHeight: high, main, more, said, lit, pale } = edge;
  const { background, text, muted } = net.colours, shown = said > 0, strong = lit || chosen;
  const box = { x: px - wide / 2, y: py - high / 2, width: wide, height: high, rx: Math.min(6, high / 2) };
  if (px !== undefined) set(parts.ring, { x: box.x - 4, y: box.y - 4, width: wide + 8, height: high + 8, rx: 9 });
  set(parts.plate, shown ? { ...box, fill: background, stroke: chosen ? text : ink, "stroke-width": strong ? 2.25 : 1, opacity: 1 } : { opacity: 0 });
  const left = (px ?? 0) - said / 2;
  write(parts.value, value, left + main / 2, py ?? 0, font, strong ? 700 : 500, pale ? muted : text, 1);
  write(parts.extra, extra, left + said - more / 2, py ?? 0, font, 400, muted, 1);
}

function edgeParts(net, { id }) {
  const group = drawn("g", net.layers.plates);
  const parts = {
    kind: "edge", group, line: drawn("line", net.layers.lines, { class: "line" }),
    glow: drawn("path", net.layers.glows, { class: "glow", fill: "none", pathLength: 1, "stroke-dasharray": 1, "stroke-dashoffset": 1, opacity: 0 }),
    head: drawn("path", net.layers.heads, { class: "head", opacity: 0 }), hit: drawn("line", net.layers.hits, { class: "hit pick" }),
    plate: drawn("rect", group, { class: "plate" }), value: drawn("text", group, { class: "value" }),
    extra: drawn("text", group, { class: "extra" }), ring: drawn("rect", group, { class: "ring" }),
  };
  parts.roots = [parts.line, parts.glow, parts.head, parts.hit, group];
  group.dataset.edge = parts.line.dataset.edge = id;
  pickable(net, id, [group, parts.hit], [group, parts.line]);
  return parts;
}

// The line of a lit edge ends inside its arrow head, whose point would otherwise look blunt.
function shortened(from, to) {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1, share = Math.max(0, 1 - (HEAD - 2) / length);
  return [0, 1].map((axis) => from[axis] + share * (to[axis] - from[axis]));
}

function arrow(from, to) {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
  const [ux, uy] = [0, 1].map((axis) => (to[axis] - from[axis]) / length), [x, y] = to;
  const back = [x - ux * HEAD, y - uy * HEAD], half = HEAD * 0.55;
  return `M${x} ${y}L${back[0] - uy * half} ${back[1] + ux * half}L${back[0] + uy * half} ${back[1] - ux * half}Z`;
}

// --- text ------------------------------------------------------------------------------------------------------

// `behind` draws a rim of that colour around the letters, where lines may run under them.
function write(node, text, x, y, size, weight, fill, opacity, behind = null) {
  if (node.textContent !== (text ?? "")) node.textContent = text ?? "";
  set(node, {
    x, y, fill, opacity, "font-size": size, "font-weight": weight, "text-anchor": "middle", "dominant-baseline": "central",
    stroke: behind, "stroke-width": behind && 4, "stroke-linejoin": behind && "round", "paint-order": behind && "stroke",
  });
}
