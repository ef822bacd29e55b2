// A network drawn in SVG: every node and edge keeps its elements over all updates, so that only what changed moves.
// This part takes messages in and keeps the elements; places, picture, picking and download are network_*.js.
const STYLE = "%STYLE%";
const SVG = "http://www.w3.org/2000/svg";
// From back to front; what can be picked by its line lies under what can be picked by its plate.
const LAYERS = ["lines", "glows", "hits", "nodes", "heads", "plates"];
const networks = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const net = networks.get(parentElement) ?? build(parentElement);
  networks.set(parentElement, net);
  net.data = data;
  net.tell = (id) => setTriggerValue("pick", { id });
  describe(net);
  paint(net);
  return () => dismantle(net, parentElement);
}

function build(parent) {
  const root = element("div", "network", parent);
  parent.prepend(Object.assign(document.createElement("style"), { textContent: STYLE }));
  const net = { root, parts: new Map(), revision: 0, focused: null };
  const bar = element("div", "bar", root);
  net.png = button(bar, "PNG", () => downloadPng(net));
  net.svgButton = button(bar, "SVG", () => downloadSvg(net));
  net.svg = drawn("svg", root);
  net.layers = Object.fromEntries(LAYERS.map((name) => [name, drawn("g", net.svg)]));
  for (const name of ["lines", "glows", "hits", "heads"]) net.layers[name].setAttribute("aria-hidden", "true");
  net.svg.addEventListener("keydown", (event) => keyed(net, event));
  net.watcher = new ResizeObserver(() => net.data && sizeOf(net) !== net.size && paint(net));
  net.watcher.observe(net.svg);
  return net;
}

function describe(net) {
  const { root, svg, data } = net, picks = [...data.nodes, ...data.edges].some((one) => one.picks);
  root.dataset.network = data.key;
  root.style.setProperty("--height", `${data.height}px`);
  set(svg, { role: picks ? "group" : "img", "aria-label": data.alt });
  if (picks) set(svg, { "aria-description": data.words.keys ?? "" });
  titled(net.png, data.words.png);
  titled(net.svgButton, data.words.svg);
}

function sizeOf({ svg }) {
  return `${svg.clientWidth} ${svg.clientHeight}`;
}

function paint(net) {
  if (net.gone || !net.svg.clientWidth) return; // a hidden tab has no size yet; the watcher paints it when it has
  Object.assign(net, { width: net.svg.clientWidth, size: sizeOf(net) });
  net.colours = palette(net.root);
  const scene = placed(net);
  keepOnly(net, scene);
  scene.nodes.forEach((node) => drawNode(net, node, scene));
  scene.edges.forEach((edge) => drawEdge(net, edge, scene));
  net.scene = scene;
  requestAnimationFrame(() => requestAnimationFrame(() => (net.root.dataset.revision = ++net.revision)));
}

// --- elements that stay ----------------------------------------------------------------------------------------

// The elements of one node or edge, made when it first appears; `make` returns them by name.
function partsOf(net, id, make) {
  if (!net.parts.has(id)) net.parts.set(id, make());
  return net.parts.get(id);
}

function keepOnly(net, { nodes, edges }) {
  const kinds = new Map([...nodes.map(({ id }) => [id, "node"]), ...edges.map(({ id }) => [id, "edge"])]);
  for (const [id, parts] of net.parts) {
    if (kinds.get(id) === parts.kind) continue;
    parts.roots.forEach((node) => node.remove());
    net.parts.delete(id);
  }
}

function dismantle(net, parent) {
  net.gone = true;
  net.watcher.disconnect();
  net.root.remove();
  networks.delete(parent);
}

function button(parent, text, press) {
  return element("button", "", parent, { type: "button", textContent: text, onclick: press });
}

function drawn(tag, parent, attributes = {}) {
  const node = document.createElementNS(SVG, tag);
  set(node, attributes);
  parent.append(node);
  return node;
}

// Attributes that are null are taken away; one that is there already is not written again.
function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) node.removeAttribute(name);
    else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  }
}
