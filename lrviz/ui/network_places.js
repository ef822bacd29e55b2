// Where everything of a network goes, in pixels: nodes as large as their neighbours allow, plates where they hide nothing.
const NARROW = 560; // px
const SMALLEST_TEXT = 11; // px
const SHARES = [0.5, 0.46, 0.54, 0.42, 0.58, 0.38, 0.62, 0.34, 0.66, 0.3, 0.7, 0.25, 0.75, 0.2, 0.8];
const AIR = 6; // px between a plate and what it must not touch
const GAP = 6; // px between a value and what stands behind it
const SETTLING = 3; // rounds in which each plate looks for a better place

function placed(net) {
  const { data, width } = net, height = net.svg.clientHeight, narrow = width < NARROW;
  const usual = narrow ? SMALLEST_TEXT : Math.min(15, Math.max(12, Math.round(width / 62)));
  const font = Math.max(usual, leastLetters(net.root));
  const scene = { width, height, narrow, font, measure: ruler(net) };
  scene.radius = radius(data.nodes, width, height, narrow);
  const sized = data.nodes.map((node) => ({ ...node, ...extent(node, scene) }));
  const frame = margins(sized, scene);
  scene.nodes = sized.map((node) => ({
    ...node,
    px: frame.left + node.x * (width - frame.left - frame.right),
    py: frame.top + (1 - node.y) * (height - frame.top - frame.bottom),
  }));
  const byId = new Map(scene.nodes.map((node) => [node.id, node]));
  scene.edges = data.edges.map((edge) => line(edge, byId.get(edge.start), byId.get(edge.end), scene));
  layPlates(net, scene);
  return scene;
}

function ruler(net) {
  const pen = (net.pen ??= document.createElement("canvas").getContext("2d"));
  const family = getComputedStyle(net.svg).fontFamily;
  return (text, size, weight = 400) => {
    pen.font = `${weight} ${size}px ${family}`;
    return pen.measureText(text.replace(/\d/g, "0")).width; // a plate keeps its width while its digits change
  };
}

function radius(nodes, width, height, narrow) {
  let gap = 100;
  nodes.forEach((one, i) => nodes.slice(i + 1).forEach((other) => {
    const across = Math.abs(one.x - other.x) * (width - 80), down = Math.abs(one.y - other.y) * (height - 100);
    gap = Math.min(gap, Math.hypot(across, down));
  }));
  return Math.max(6, Math.min(narrow ? 22 : 30, gap * 0.34));
}

// Half the width and height of a node's shape, and how far its name and note reach.
function extent({ shape, value = "", name = "", note = "" }, { radius: r, font, measure }) {
  const inside = value ? measure(value, font, 600) / 2 : 0, box = shape === "box";
  const half = Math.max(box ? r * 0.8 : r, inside ? inside + (box ? 8 : 9) : 0);
  const tall = box ? Math.min(r, font * 1.15) : r;
  const reach = Math.max(half, measure(name, font, 600) / 2, measure(note, font) / 2);
  return { half, tall, round: box ? 5 : tall, reach, above: name ? font + 9 : 0, below: note ? font + 9 : 0 };
}

function margins(nodes, { font }) {
  const widest = (some, of) => Math.max(8, ...some.map(of));
  return {
    left: widest(nodes.filter(({ x }) => x < 0.15), ({ reach }) => reach) + 6,
    right: widest(nodes.filter(({ x }) => x > 0.85), ({ reach }) => reach) + 6,
    top: widest(nodes.filter(({ y }) => y > 0.85), ({ tall, above }) => tall + above) + font / 2,
    bottom: widest(nodes.filter(({ y }) => y < 0.15), ({ tall, below }) => tall + below) + font / 2,
  };
}

// --- lines -----------------------------------------------------------------------------------------------------

function line(edge, from, to, { font, measure, narrow }) {
  const dx = to.px - from.px, dy = to.py - from.py, length = Math.hypot(dx, dy) || 1;
  const toward = [dx / length, dy / length];
  const near = outline(from, toward) + 2, far = length - outline(to, toward) - 2;
  const at = (distance) => [from.px + toward[0] * distance, from.py + toward[1] * distance];
  const main = edge.value ? measure(edge.value, font, 600) : 0, more = edge.extra ? measure(edge.extra, font) : 0;
  const gap = main && more ? GAP : 0, said = main + gap + more;
  const plate = { plateWidth: said ? said + (narrow ? 8 : 12) : 16, plateHeight: said ? font + 8 : 16 };
  return { ...edge, ...plate, main, more, said, toward, begin: at(near), finish: at(far), depth: (from.x + to.x) / 2 };
}

// How far from its middle the rounded outline of a node lies in a direction.
function outline({ half, tall, round }, [ux, uy]) {
  let low = 0, high = half + tall;
  for (let i = 0; i < 24; i += 1) {
    const middle = (low + high) / 2, right = Math.abs(ux) * middle - half + round, down = Math.abs(uy) * middle - tall + round;
    const outside = Math.hypot(Math.max(right, 0), Math.max(down, 0)) + Math.min(Math.max(right, down), 0) - round;
    if (outside > 0) high = middle;
    else low = middle;
  }
  return high;
}

function along({ begin, finish }, share) {
  return [0, 1].map((axis) => begin[axis] + share * (finish[axis] - begin[axis]));
}

// --- plates ----------------------------------------------------------------------------------------------------

// A plate stays at its share of the line until it would cover something there; then each finds the best place left.
function layPlates(net, scene) {
  const plates = scene.edges.filter(({ value, extra, picks }) => value || extra || picks);
  const signature = [scene.width, scene.height, ...scene.nodes.map(({ id, x, y }) => `${id} ${x} ${y}`), ...plates.map(({ id }) => id)].join();
  const known = net.signature === signature ? net.shares : new Map();
  Object.assign(net, { signature, shares: known });
  for (const edge of plates) place(edge, known.get(edge.id) ?? 0.5);
  const kept = plates.every((edge) => known.has(edge.id) && cost(edge, scene, plates) < 100);
  if (!kept) for (let round = 0; round < SETTLING; round += 1) plates.forEach((edge) => settle(edge, scene, plates));
  for (const edge of plates) known.set(edge.id, edge.share);
}

function place(edge, share) {
  [edge.px, edge.py] = along(edge, share);
  edge.share = share;
}

function settle(edge, scene, plates) {
  let best = { share: edge.share, cost: Infinity };
  for (const share of SHARES) {
    place(edge, share);
    const here = cost(edge, scene, plates) + Math.abs(share - 0.5);
    if (here < best.cost - 1e-9) best = { share, cost: here };
  }
  place(edge, best.share);
}

// 100 and more where something is covered; a line of another edge that runs under the plate counts little.
function cost(edge, { nodes, edges }, plates) {
  const box = around(edge, edge.plateWidth / 2 + AIR, edge.plateHeight / 2 + AIR);
  let sum = 0;
  for (const other of plates) if (other !== edge) sum += 10 * shared(box, around(other, other.plateWidth / 2, other.plateHeight / 2));
  for (const node of nodes) {
    sum += 20 * shared(box, around(node, node.half, node.tall));
    const text = { px: node.px, py: node.py + (node.below - node.above) / 2 };
    if (node.above + node.below) sum += 5 * shared(box, around(text, node.reach, node.tall + (node.above + node.below) / 2));
  }
  for (const other of edges) if (other !== edge && runsUnder(other, edge)) sum += 1;
  return sum;
}

function around({ px, py }, half, tall) {
  return [px - half, py - tall, px + half, py + tall];
}

function shared(one, other) {
  const wide = Math.min(one[2], other[2]) - Math.max(one[0], other[0]);
  const high = Math.min(one[3], other[3]) - Math.max(one[1], other[1]);
  return wide > 0 && high > 0 ? 10 + Math.min(wide, high) : 0;
}

function runsUnder(other, { px, py, plateWidth, plateHeight }) {
  const [x, y] = other.begin, [ux, uy] = other.toward;
  const distance = (px - x) * ux + (py - y) * uy, length = Math.hypot(other.finish[0] - x, other.finish[1] - y);
  if (distance < 0 || distance > length) return false;
  return Math.abs((px - x) * uy - (py - y) * ux) < (Math.abs(uy) * plateWidth + Math.abs(ux) * plateHeight) / 2 + AIR / 2;
}
