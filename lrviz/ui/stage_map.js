// The contour and, on the canvas over it, trails, heads, minima and what has left the picture.
const TAIL = 40; // steps drawn at full strength behind a head
const FAR = 20_000; // px; a canvas cannot be trusted with more
const EDGE = 14; // px between an edge and the arrow that points over it
const APART = 8; // px between points that still look like steps, each with a dot of its own

async function frameMap(stage) {
  const { message, grid } = stage.scene;
  await framed(stage, stage.map, message.surface, () => ({ data: [contour(stage, grid)], layout: mapLayout(stage, grid) }));
}

function contour(stage, grid) {
  const { words } = stage.scene;
  return {
    type: "contour", x: grid.x, y: grid.y, z: levelled(grid), colorscale: shades(stage), hoverinfo: "skip",
    autocontour: false, contours: { coloring: "heatmap", ...grid.contours }, line: { width: 0.7, color: "@line/0.55" },
    showscale: !isNarrow(stage),
    colorbar: {
      thickness: 8, len: 1, outlinewidth: 0, x: 1.01, xpad: 0, ypad: 0, tickfont: { size: 12 }, exponentformat: "e",
      title: { text: grid.scale === "log" ? words.gap : words.loss, side: "right", font: { size: 12 } }, ...ticks(grid),
    },
  };
}

// Lower is darker in both themes, and never so strong that a trail is hard to see on it.
function shades(stage) {
  const { background, muted, accent } = stage.colours;
  const [low, high] = stage.dark ? [0, 0.34] : [0.48, 0];
  const tint = mixed(muted, accent, 0.35);
  return [0, 0.25, 0.5, 0.75, 1].map((at) => [at, mixed(background, tint, low + (high - low) * at)]);
}

function mixed(first, second, share) {
  const [from, to] = [channels(first), channels(second)];
  return `#${from.map((value, i) => Math.round(value + share * (to[i] - value)).toString(16).padStart(2, "0")).join("")}`;
}

// What the contours are even steps of: on a bowl the root of the height, so that the valley shows.
function levelled(grid) {
  if (grid.scale !== "root") return grid.z;
  grid.roots ??= grid.z.map((row) => row.map((z) => Math.sqrt(Math.max(z - grid.floor, 0))));
  return grid.roots;
}

function ticks(grid) {
  if (grid.scale === "log") return powersOfTen(grid.contours);
  if (grid.scale === "plain") return {};
  const losses = [0, 0.25, 0.5, 0.75, 1].map((share) => Number((grid.floor + (share * grid.contours.end) ** 2).toPrecision(2)));
  return { tickvals: losses.map((loss) => Math.sqrt(Math.max(loss - grid.floor, 0))), ticktext: losses.map((loss) => written(loss)) };
}

function powersOfTen(contours) {
  const first = Math.ceil(contours.start), count = Math.floor(contours.end) - first + 1;
  const every = Math.max(1, Math.ceil(count / 6));
  const powers = Array.from({ length: Math.max(0, count) }, (_, k) => first + k).filter((power) => power % every === 0);
  return { tickvals: powers, ticktext: powers.map((power) => `10<sup>${power}</sup>`.replace("-", "−")) };
}

function mapLayout(stage, grid) {
  const ends = (values) => [values[0], values[values.length - 1]];
  return {
    xaxis: planeAxis("x", ends(grid.x), { showgrid: false }), yaxis: planeAxis("y", ends(grid.y), { showgrid: false }),
    margin: { l: 50, r: isNarrow(stage) ? 10 : 66, t: 8, b: 40 },
  };
}

// --- trails ----------------------------------------------------------------------------------------------------

// The pixels of every track, without those that would not be seen apart.
function layTrails(stage) {
  for (const track of stage.scene.tracks) track.trail = trail(stage.map, track);
}

function trail(plane, track) {
  const kept = { at: [], x: [], y: [] };
  let lastX = NaN, lastY = NaN;
  for (let at = 0; at <= track.last; at++) {
    const [x, y] = pixel(plane, track, at);
    if (at < track.last && Math.hypot(x - lastX, y - lastY) < 0.7) continue;
    kept.at.push(at); kept.x.push(x); kept.y.push(y);
    [lastX, lastY] = [x, y];
  }
  return kept;
}

function pixel(plane, track, at) {
  const { left, top, width, height } = plane.area;
  const [middleX, middleY] = [left + width / 2, top + height / 2];
  const [dx, dy] = [toX(plane, track.x[at]) - middleX, toY(plane, track.y[at]) - middleY];
  const shrink = Math.max(1, Math.abs(dx) / FAR, Math.abs(dy) / FAR);
  return [middleX + dx / shrink, middleY + dy / shrink];
}

function drawMap(stage) {
  const { map, scene, colours } = stage;
  const pen = wiped(map.top, map);
  pen.font = stage.font;
  const order = [...scene.tracks].sort((a, b) => (a.index === scene.message.chosen) - (b.index === scene.message.chosen));
  clipped(pen, map.area, () => order.forEach((track) => drawTrail(pen, track, stage.clock.step, colours)));
  clipped(pen, map.area, () => drawMinima(pen, stage, colours));
  if (stage.anatomyOn) clipped(pen, map.area, () => drawAnatomy(pen, stage, colours));
  const taken = [{ left: toX(map, scene.message.start[0]) - 16, at: toY(map, scene.message.start[1]), width: 32 }];
  for (const track of order.reverse()) drawHead(pen, stage, track, colours, taken);
}

function drawTrail(pen, track, step, colours) {
  const { at } = track.trail, end = countUpTo(at, step), old = countUpTo(at, step - TAIL);
  const color = colour(track.color, colours);
  Object.assign(pen, { lineJoin: "round", lineCap: "round" });
  stroke(pen, track.trail, 0, end, colours.background, 5, 0.5);
  stroke(pen, track.trail, 0, old, color, 2, 0.75);
  stroke(pen, track.trail, Math.max(0, old - 1), end, color, 2.25, 1);
  speckle(pen, track.trail, end, color);
}

// How many of the rising numbers are at most this one.
function countUpTo(rising, most) {
  let low = 0, high = rising.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle] <= most) low = middle + 1;
    else high = middle;
  }
  return low;
}

function stroke(pen, { x, y }, from, end, strokeStyle, lineWidth, globalAlpha) {
  if (end - from < 2) return;
  pen.beginPath();
  pen.moveTo(x[from], y[from]);
  for (let k = from + 1; k < end; k++) pen.lineTo(x[k], y[k]);
  Object.assign(pen, { strokeStyle, lineWidth, globalAlpha });
  pen.stroke();
  pen.globalAlpha = 1;
}

function speckle(pen, { x, y }, end, color) {
  pen.beginPath();
  let last = 0;
  for (let k = 0; k < end; k++) {
    if (k && Math.hypot(x[k] - x[last], y[k] - y[last]) < APART) continue;
    last = k;
    pen.moveTo(x[k] + 2.6, y[k]);
    pen.arc(x[k], y[k], 2.6, 0, 2 * Math.PI);
  }
  pen.fillStyle = color;
  pen.fill();
}

function drawMinima(pen, { map, scene }, colours) {
  for (const [x, y] of scene.message.minima) cross(pen, toX(map, x), toY(map, y), 5, 0, colours.text, colours.background);
}

// --- heads -----------------------------------------------------------------------------------------------------

function drawHead(pen, stage, track, colours, taken) {
  const { area } = stage.map, { words, message } = stage.scene;
  const at = Math.min(stage.clock.step, track.last), gone = track.ended && stage.clock.step >= track.last;
  const [x, y] = pixel(stage.map, track, at), color = colour(track.color, colours);
  const [nearX, nearY] = [clamped(x, area.left, area.right), clamped(y, area.top, area.bottom)];
  const said = gone ? filledIn(words.diverged_at, { step: track.bad }) : "";
  if (nearX !== x || nearY !== y) return drawLeaver(pen, stage, track, at, [x, y], said, colours, taken);
  if (gone) cross(pen, x, y, 6, Math.PI / 4, color, colours.background);
  else dot(pen, x, y, track.index === message.chosen ? 7 : 5.5, color, colours.background);
  if (said) label(pen, said, x, y - 16, colours, taken, area);
}

// A head outside the picture is an arrow at the edge that says how far out it is.
function drawLeaver(pen, stage, track, at, [x, y], said, colours, taken) {
  const { area } = stage.map, color = colour(track.color, colours);
  const tip = [clamped(x, area.left + EDGE, area.right - EDGE), clamped(y, area.top + EDGE, area.bottom - EDGE)];
  const far = Math.abs(track.x[at]) >= Math.abs(track.y[at]) ? ["x", track.x[at]] : ["y", track.y[at]];
  const text = [`${far[0]} = ${written(far[1], 3)}`, said].filter(Boolean).join(", ");
  const room = 26 + (said ? 16 : 0), width = room + pen.measureText(text).width;
  const flipped = tip[0] > (area.left + area.right) / 2; // the words are on the inner side of the arrow
  const left = clamped(flipped ? tip[0] + EDGE - width : tip[0] - EDGE, area.left, Math.max(area.left, area.right - width));
  const height = freeHeight(taken, left, tip[1], width, area);
  const inward = flipped ? -1 : 1, edge = flipped ? left + width - EDGE : left + EDGE, level = height ?? tip[1];
  const angle = Math.atan2(y - tip[1], x - tip[0]), [dx, dy] = [8 * Math.cos(angle), 8 * Math.sin(angle)];
  arrowHead(pen, edge + dx, level + dy, angle, 16, color, colours.background);
  if (height === undefined) return;
  taken.push({ left, at: height, width });
  if (said) cross(pen, edge + inward * 21, height, 4.5, Math.PI / 4, color, colours.background);
  haloed(pen, text, flipped ? left : left + room, height, colours);
}
