// Anatomy of a step: what the chosen racer's rule makes of the gradient, as arrows and as numbers.
// Arrows and their widths: where they coincide all are seen.
const PARTS = [["direction", 12], ["gradient", 8], ["step", 2]];
const LONGEST = 0.28; // of the smaller side of the plot
const SHORTER = 0.7; // as long as that is the step at most
const LEGIBLE = 30; // px; a step at least this long is drawn at its true length

function describeAnatomy(stage) {
  const { anatomy, message } = stage;
  anatomy.textContent = message.words.anatomy;
  anatomy.hidden = !message.anatomy;
  if (!message.anatomy) stage.anatomyOn = false;
}

function toggleAnatomy(stage) {
  stage.anatomyOn = !stage.anatomyOn;
  stage.anatomy.setAttribute("aria-pressed", String(stage.anatomyOn));
  draw(stage);
}

// The update that leaves the point at the cursor; at the last point, the one that led there.
function updateAt({ scene, clock: { step } }) {
  const { anatomy, chosen } = scene.message, track = scene.tracks[chosen];
  if (!anatomy || !track || track.last < 1) return null;
  const at = Math.min(step, track.last - 1);
  const part = (name) => anatomy[name] && Array.from(anatomy[name][at] ?? []);
  return { track, at, gradient: part("gradient"), direction: part("direction"), scale: part("scale"), step: part("step") };
}

// Gradient and direction share one factor, so that they can be compared; the step, in the surface's own units, has its own.
function arrowsAt(stage) {
  const update = updateAt(stage);
  if (!update) return null;
  const { map } = stage, room = LONGEST * Math.min(map.area.width, map.area.height);
  const drawn = Object.fromEntries(PARTS.map(([name]) => [name, (update[name] ?? []).map((value, i) => value * [map.x.rate, -map.y.rate][i])]));
  const length = (name) => Math.hypot(...drawn[name]);
  const shared = fitting(room, Math.max(length("gradient"), length("direction")));
  const own = length("step") >= LEGIBLE && length("step") <= SHORTER * room ? 1 : fitting(SHORTER * room, length("step"));
  return { update, drawn, factors: { gradient: shared, direction: shared, step: own } };
}

// The largest of 1, 2 or 5 times a power of ten that keeps a length within the room.
function fitting(room, length) {
  if (!(length > 0) || !Number.isFinite(length)) return 1;
  const rough = room / length, power = 10 ** Math.floor(Math.log10(rough));
  return Number(([5, 2, 1].find((nice) => nice * power <= rough) * power).toPrecision(1));
}

function drawAnatomy(pen, stage, colours) {
  const arrows = arrowsAt(stage);
  if (!arrows) return;
  const { update, drawn, factors } = arrows;
  const from = pixel(stage.map, update.track, update.at);
  for (const [name, width] of PARTS) {
    const [dx, dy] = drawn[name].map((value) => value * factors[name]);
    if (Math.hypot(dx, dy) >= 1) arrow(pen, from, [from[0] + dx, from[1] + dy], colour(stage.message.roles[name], colours), colours.background, width);
  }
}

// --- the line under the contour --------------------------------------------------------------------------------

function showLine(stage) {
  const arrows = stage.anatomyOn ? arrowsAt(stage) : null;
  const parts = arrows ? lineParts(stage, arrows) : [{ text: stage.message.still ? "" : stage.scene.words.place }];
  const said = JSON.stringify(parts);
  if (stage.said.dataset.parts === said) return;
  stage.said.dataset.parts = said;
  stage.said.replaceChildren(...parts.map((part) => linePart(stage, part)));
}

function lineParts({ scene, message }, { update, factors }) {
  const { words } = scene, { track, at } = update;
  const pair = (values) => `(${values.map((value) => written(value, 3)).join(", ")})`;
  const part = (name, value, factor) => (update[value] ? [{ role: message.roles[value], text: `${words[name]} ${pair(update[value])}`, factor }] : []);
  return [
    { text: `${track.name} · ${words.step} ${at}` },
    { text: `${words.loss} ${written(lossAt(scene, track, at))}` },
    ...part("gradient", "gradient", factors.gradient), ...part("direction", "direction", factors.direction),
    ...part("scale", "scale"), ...part("update", "step", factors.step),
  ];
}

function linePart({ colours, scene }, { role, text, factor }) {
  const node = document.createElement("span");
  if (role) element("i", "", node).style.background = colour(role, colours);
  node.append(text);
  if (factor && factor !== 1) element("small", "", node, { textContent: filledIn(scene.words.drawn_at, { factor: written(factor) }) });
  return node;
}
