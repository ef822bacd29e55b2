// How large a projected picture and its knob are: a part of presenter.js.
// They are laid out narrower than the screen, then enlarged as a whole until they fill it. Where that would leave letters
// too small, the picture gets less height than it asks for; where it would be too broad, more.
const READABLE = 20, LETTERS = 14; // px on the screen, and of the smallest letters as they were laid out (projected.css)
const LARGEST = 3; // times
const NARROWEST = 760; // px a picture is laid out over, where the screen has them
const FLATTEST = 0.6, TALLEST = 2; // of the height a picture asks for
const PHONE = 700; // px
const MARGIN = 12; // px left free at the bottom
const TRIES = 4; // letters may break differently once they are larger
const fitting = { watcher: null, watched: new Set(), seen: "", due: 0 };

function keepFitting() {
  fitting.watcher ??= new ResizeObserver(fitSoon);
  addEventListener("resize", fitSoon);
  fitSoon();
}

function stopFitting() {
  fitting.watcher.disconnect();
  removeEventListener("resize", fitSoon);
  cancelAnimationFrame(fitting.due);
  Object.assign(fitting, { watcher: null, watched: new Set(), seen: "", due: 0 });
}

// While the page is being put together nothing is measured: it would be fitted piece by piece.
function fitSoon() {
  fitting.due ||= requestAnimationFrame(() => whenQuiet(() => {
    fitting.due = 0;
    if (bar) fit(parts());
  }));
}

function parts() {
  const [head, room, body] = ["presenter-head", "projected", "enlarged"].map((key) => document.querySelector(`.st-key-${key}`));
  for (const node of [head, room, body]) if (node) watch(node);
  return { room, body };
}

// A node that is watched once more is reported once more, and that would never end.
function watch(node) {
  if (fitting.watched.has(node)) return;
  fitting.watched.add(node);
  fitting.watcher.observe(node);
}

function fit({ room, body }) {
  if (!body) return;
  const space = { width: room.clientWidth, height: innerHeight - top(room) - MARGIN };
  const seen = () => `${space.width} ${space.height} ${body.offsetHeight}`;
  if (seen() === fitting.seen) return;
  let size = { scale: current(), stretch: 1 };
  for (let i = 0; i < TRIES; i += 1) {
    const next = sizes(space, asked(body, size.scale));
    const same = Math.abs(next.scale / size.scale - 1) < 0.005;
    size = i ? { ...next, scale: Math.min(next.scale, size.scale) } : next; // it must not go to and fro
    if (same) break;
  }
  enlarge(size);
  document.documentElement.style.setProperty("--projected", `${Math.ceil(body.offsetHeight * size.scale)}px`);
  document.documentElement.dataset.fitted = size.scale.toFixed(3);
  fitting.seen = seen();
}

// How far down the page a node begins, wherever the page is scrolled to.
function top(node) {
  return node.getBoundingClientRect().top + node.closest("[data-testid=stMain]").scrollTop;
}

function current() {
  return Number(document.documentElement.dataset.fitted) || READABLE / LETTERS;
}

function enlarge({ scale, stretch }) {
  const { style } = document.documentElement;
  style.setProperty("--enlarged", scale);
  style.setProperty("--stretched", stretch);
}

// The height that is asked for at a scale: what pictures can give and take of it, and the rest.
function asked(body, scale) {
  const [whole, half] = [1, 0.5].map((stretch) => {
    enlarge({ scale, stretch });
    return body.offsetHeight;
  });
  return { pictures: 2 * (whole - half), rest: 2 * half - whole };
}

function sizes({ width, height }, { pictures, rest }) {
  const least = width < PHONE ? 1 : READABLE / LETTERS;
  const scale = Math.max(least, Math.min(LARGEST, width / NARROWEST, height / (pictures + rest)));
  const stretch = pictures > 1 ? (height / scale - rest) / pictures : 1;
  return { scale, stretch: clamped(stretch, FLATTEST, TALLEST) };
}
