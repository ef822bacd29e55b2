// One schedule at work in several pictures at once: they play together, again and again, until somebody pauses them.
const STYLE = "%STYLE%";
const PER_SECOND = 14;
const PAUSE = 1.6; // s, at the end
const demonstrations = new WeakMap();
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export default function ({ data, parentElement }) {
  const shown = demonstrations.get(parentElement) ?? build(parentElement, data);
  demonstrations.set(parentElement, shown);
  shown.data = data;
  describe(shown);
  shown.alive = true;
  requestAnimationFrame((now) => tick(shown, now));
  return () => (shown.alive = false);
}

function build(parent, data) {
  parent.append(Object.assign(document.createElement("style"), { textContent: STYLE }));
  const root = element("div", "demonstration", parent, {}, { role: "group" });
  const panels = data.panels.map(() => buildPanel(root, data.box));
  const foot = element("p", "foot", root);
  const button = element("button", "", foot, { type: "button" });
  const count = element("span", "count", foot);
  const shown = { root, panels, button, count, data, position: calm.matches ? data.steps : 0, playing: !calm.matches, drawn: -1 };
  button.onclick = () => press(shown);
  learn(shown);
  return shown;
}

function buildPanel(root, box) {
  const panel = element("figure", "panel", root);
  const picture = drawn(panel, box);
  const [ground, trail, dot] = ["g", "path", "circle"].map((tag) => picture.appendChild(document.createElementNS(SVG, tag)));
  dot.setAttribute("r", 3.6);
  const caption = element("figcaption", "", panel);
  return { ground, trail, dot, title: element("b", "", caption), sentence: element("span", "", caption) };
}

function describe(shown) {
  const { data, root, panels } = shown;
  const colours = (shown.colours = palette(root));
  root.dataset.demonstration = data.key;
  root.setAttribute("aria-label", data.words.alt);
  data.panels.forEach((given, i) => {
    const panel = panels[i];
    panel.places ??= given.places;
    panel.ground.replaceChildren(...given.shapes.map((shape) => made(shape, colours)));
    panel.title.textContent = given.title;
    panel.sentence.textContent = panel.said ?? given.sentence;
    for (const [name, value] of Object.entries({ fill: "none", stroke: colour(given.color, colours), "stroke-width": 1.6, "stroke-linejoin": "round" })) panel.trail.setAttribute(name, value);
    panel.dot.setAttribute("fill", colour(given.color, colours));
  });
  shown.drawn = -1;
  draw(shown);
}

// The last picture is a real training, which a worker makes meanwhile.
async function learn(shown) {
  const panel = shown.panels.at(-1);
  const found = await glimpsed("demonstration");
  const { words, box, steps } = shown.data;
  if (found) panel.places = falling(found.losses, box, steps);
  panel.said = found ? filledIn(words.right, { share: Math.round(100 * found.right) }) : words.failed;
  panel.sentence.textContent = panel.said;
  shown.root.dataset.trained = Boolean(found);
  shown.drawn = -1;
}

function falling(losses, box, steps) {
  const most = Math.max(...losses);
  return losses.map((loss, t) => [6 + (t / steps) * (box[0] - 12), box[1] - 6 - (loss / most) * (box[1] - 12)]);
}

function draw(shown) {
  const { data, panels, count } = shown;
  const step = Math.min(Math.floor(shown.position), data.steps);
  if (step === shown.drawn) return;
  shown.drawn = step;
  shown.root.dataset.step = step;
  panels.forEach((panel, i) => drawPanel(panel, data.panels[i].trail, step));
  const rate = data.rates[Math.min(step, data.rates.length - 1)];
  count.textContent = filledIn(data.words.step, { step, rate: rate.toFixed(3) });
  const word = shown.playing ? data.words.pause : data.words.play;
  shown.button.textContent = shown.playing ? "❚❚" : "▶";
  titled(shown.button, word);
}

function drawPanel({ places, trail, dot }, length, step) {
  dot.style.display = places.length ? "" : "none";
  if (!places.length) return;
  const end = Math.min(step, places.length - 1);
  const path = places.slice(length ? Math.max(0, end - length) : 0, end + 1);
  trail.setAttribute("d", "M" + path.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L"));
  dot.setAttribute("cx", places[end][0]);
  dot.setAttribute("cy", places[end][1]);
}

function press(shown) {
  shown.playing = !shown.playing;
  if (shown.playing && shown.position >= shown.data.steps) shown.position = 0;
  shown.drawn = -1;
  draw(shown);
}

function tick(shown, now) {
  if (!shown.alive) return;
  const passed = Math.min((now - (shown.ticked ?? now)) / 1000, 0.1);
  shown.ticked = now;
  if (shown.playing) {
    shown.position += passed * PER_SECOND;
    if (shown.position > shown.data.steps + PAUSE * PER_SECOND) shown.position = 0;
  }
  draw(shown);
  requestAnimationFrame((next) => tick(shown, next));
}
