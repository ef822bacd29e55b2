// The pad: an SVG in which points are dragged, tapped, drawn freehand and moved by keys. The server is told when a move ends.
const STYLE = "%STYLE%";
const PALETTES = "%PALETTES%";

const MARGIN = { left: 58, right: 14, top: 26, bottom: 40 };
const NEAR = { mouse: 12, pen: 16, touch: 22 };
const TAP_PX = 6;
const TWICE_MS = 350;
const ANSWER_MS = 1500;
const SMOOTH_PX = 2.5;
const pads = new WeakMap();

export default function (component) {
  const pad = pads.get(component.parentElement) ?? new Pad(component.parentElement);
  pads.set(component.parentElement, pad);
  pad.update(component);
}

class Pad {
  constructor(parent) {
    this.n = this.sentAt = 0;
    this.points = [];
    this.nodes = [];
    this.build(parent);
    this.listen();
  }

  build(parent) {
    const style = document.createElement("style");
    style.textContent = STYLE;
    this.root = element("div", "pad");
    this.root.innerHTML = `
      <svg role="group"><g class="grid"></g><text class="reading" y="14" text-anchor="end" aria-hidden="true"></text>
      <rect class="frame"></rect><path class="hold"></path><path class="curve"></path><g class="points"></g></svg>
      <div class="row"><button type="button"></button><button type="button"></button><button type="button"></button></div>
      <p class="hint" id="hint"><span></span> <span class="keys"></span></p>`;
    for (const name of ["svg", "grid", "frame", "hold", "curve", "reading", "hint"])
      this[name] = this.root.querySelector(name === "svg" ? name : "." + name);
    this.layer = this.root.querySelector(".points");
    this.buttons = [...this.root.querySelectorAll("button")];
    this.svg.setAttribute("aria-describedby", "hint");
    parent.append(style, this.root);
  }

  listen() {
    new ResizeObserver(() => this.data && this.draw()).observe(this.root);
    this.svg.onpointerdown = (event) => this.press(event);
    this.svg.onpointermove = (event) => this.gesture && event.pointerId === this.gesture.id && this.drag(event);
    this.svg.onpointerup = (event) => this.gesture && event.pointerId === this.gesture.id && this.release(event);
    this.svg.onpointercancel = () => this.undo();
    // A finger that goes up or down scrolls the page (touch-action), unless it holds a point.
    const keep = (event) => this.gesture?.index >= 0 && event.preventDefault();
    this.svg.addEventListener("touchstart", keep, { passive: false });
    this.layer.onkeydown = (event) => this.key(event);
    for (const end of ["keyup", "focusout"]) this.layer.addEventListener(end, () => this.keyed && this.send());
    this.layer.addEventListener("focusin", (event) => this.choose(this.nodes.indexOf(event.target)));
    const [add, remove, clear] = this.buttons;
    add.onclick = () => this.canAdd() && this.addInWidestGap();
    remove.onclick = () => this.canRemove() && this.remove(this.chosen);
    clear.onclick = () => this.points.length > 2 && this.clear();
  }

  update({ data, setStateValue }) {
    this.data = data;
    this.tell = setStateValue;
    this.n = Math.max(this.n, data.echo);
    const answered = data.echo >= this.n || performance.now() - this.sentAt > ANSWER_MS;
    if (answered && !this.gesture && !this.keyed) this.points = data.points.map((point) => [...point]);
    this.label();
    this.draw();
  }

  label() {
    const { key, label, words, height } = this.data;
    this.root.dataset.sketch = key;
    this.root.style.setProperty("--ink", ink(this.root, this.data.color));
    this.svg.setAttribute("aria-label", label);
    this.svg.setAttribute("height", height);
    [words.add, words.remove, words.clear].forEach((text, index) => (this.buttons[index].textContent = text));
    [words.hint, words.keys].forEach((text, index) => (this.hint.children[index].textContent = text));
  }

  // ---- where a value lies on the pad, and back ----

  get width() { return Math.max(120, this.root.clientWidth) - MARGIN.left - MARGIN.right; }
  get tall() { return this.data.height - MARGIN.top - MARGIN.bottom; }

  toX(x) { return MARGIN.left + (this.width * (x - this.data.x.low)) / (this.data.x.high - this.data.x.low); }
  toY(y) {
    const { low, high, log } = this.data.y;
    const share = log ? Math.log(Math.max(y, low) / low) / Math.log(high / low) : (y - low) / (high - low);
    return MARGIN.top + this.tall * (1 - share);
  }
  fromX(px) { return this.snapX(this.data.x.low + ((px - MARGIN.left) / this.width) * (this.data.x.high - this.data.x.low)); }
  fromY(px) {
    const { low, high, log } = this.data.y;
    const share = Math.min(1, Math.max(0, 1 - (px - MARGIN.top) / this.tall));
    return this.snapY(log ? low * (high / low) ** share : low + (high - low) * share);
  }
  get grain() { return this.data.x.step || grain(this.data.x.high - this.data.x.low); }
  snapX(x) { return clamp(round(x, this.grain), this.data.x.low, this.data.x.high); }
  snapY(y) {
    const { low, high, log } = this.data.y;
    return clamp(log ? Number(y.toPrecision(3)) : round(y, grain(high - low)), low, high);
  }

  // ---- mouse, touch, pen ----

  press(event) {
    if (event.button || this.gesture) return;
    const [x, y] = this.at(event);
    const index = this.nearest(x, y, NEAR[event.pointerType] ?? NEAR.mouse);
    this.gesture = { id: event.pointerId, index, x, y, before: this.points.map((point) => [...point]) };
    this.svg.setPointerCapture(event.pointerId);
    event.preventDefault();
    if (index < 0) return this.root.getRootNode().activeElement?.blur();
    this.nodes[index].focus({ preventScroll: true });
    this.gesture.offset = [this.toX(this.points[index][0]) - x, this.toY(this.points[index][1]) - y];
  }

  drag(event) {
    const gesture = this.gesture;
    const [x, y] = this.at(event);
    gesture.moved ||= Math.hypot(x - gesture.x, y - gesture.y) > TAP_PX;
    if (!gesture.moved) return;
    this.root.classList.toggle("dragging", gesture.index >= 0);
    if (gesture.index >= 0) this.move(gesture.index, this.fromX(x + gesture.offset[0]), this.fromY(y + gesture.offset[1]));
    else this.scribble(x, y);
    this.draw();
  }

  release(event) {
    const { index, moved, stroke } = this.gesture;
    this.root.classList.remove("dragging");
    if (stroke) this.points = this.simplified(stroke);
    this.gesture = null;
    const again = event.timeStamp - (this.tapped?.when ?? -Infinity) < TWICE_MS && this.tapped?.index === index;
    this.tapped = moved || index < 0 || again ? null : { index, when: event.timeStamp };
    if (moved) this.send();
    else if (index < 0 && this.canAdd()) this.add(...this.at(event));
    else if (index >= 0 && again && this.canRemove(index)) this.remove(index);
    this.draw();
  }

  undo() {
    if (this.gesture) this.points = this.gesture.before;
    this.gesture = null;
    this.root.classList.remove("dragging");
    this.draw();
  }

  at(event) {
    const box = this.svg.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  nearest(x, y, reach) {
    const away = this.points.map((point) => Math.hypot(this.toX(point[0]) - x, this.toY(point[1]) - y));
    const index = away.indexOf(Math.min(...away));
    return away[index] <= reach ? index : -1;
  }

  // A stroke is a height per pixel column, so that drawing back and forth still leaves one value per x.
  scribble(x, y) {
    const gesture = this.gesture;
    gesture.stroke ??= new Map();
    const from = gesture.last ?? [gesture.x, gesture.y];
    const to = [clamp(x, MARGIN.left, MARGIN.left + this.width), clamp(y, MARGIN.top, MARGIN.top + this.tall)];
    const first = clamp(Math.round(from[0]), MARGIN.left, MARGIN.left + this.width);
    const columns = Math.abs(Math.round(to[0]) - first);
    for (let k = 0; k <= columns; k++) {
      const share = columns ? k / columns : 1;
      gesture.stroke.set(first + k * Math.sign(to[0] - first), from[1] + share * (to[1] - from[1]));
    }
    gesture.last = to;
  }

  merged(stroke) {
    const left = Math.min(...stroke.keys()), right = Math.max(...stroke.keys());
    const outside = this.points.map(([x, y]) => [this.toX(x), this.toY(y)]);
    const middle = [...stroke].sort((a, b) => a[0] - b[0]);
    return [outside.filter(([x]) => x < left), middle, outside.filter(([x]) => x > right)];
  }

  simplified(stroke) {
    const [before, middle, after] = this.merged(stroke);
    const room = Math.max(2, this.data.max - before.length - after.length);
    const pixels = thinned([...before, ...thinned(middle, room, SMOOTH_PX), ...after], this.data.max, 0);
    const points = pixels.map(([x, y]) => [this.fromX(x), this.fromY(y)]);
    const kept = points.filter((point, index) => !index || point[0] >= points[index - 1][0] + this.grain * 0.99);
    return kept.length > 1 ? kept : this.gesture.before;
  }

  // ---- what can be done to points ----

  canAdd() { return this.points.length < this.data.max; }
  canRemove(index = this.chosen) { return this.points.length > 2 && index >= 0; }

  move(index, x, y) {
    const low = index ? this.points[index - 1][0] + this.grain : this.data.x.low;
    const high = index < this.points.length - 1 ? this.points[index + 1][0] - this.grain : this.data.x.high;
    this.points[index] = [low <= high ? tidy(clamp(x, low, high)) : this.points[index][0], y];
  }

  add(px, py) {
    const x = this.fromX(px);
    if (this.points.some((point) => Math.abs(point[0] - x) < this.grain * 0.99)) return;
    const index = this.points.filter((point) => point[0] < x).length;
    this.points.splice(index, 0, [x, this.fromY(py)]);
    this.finish(index);
  }

  addInWidestGap() {
    const { low, high } = this.data.x;
    const stops = [low, ...this.points.map((point) => point[0]), high];
    const gaps = stops.slice(1).map((stop, index) => stop - stops[index]);
    const widest = gaps.indexOf(Math.max(...gaps));
    const x = (stops[widest] + stops[widest + 1]) / 2;
    this.add(this.toX(x), this.toY(this.value(x)));
  }

  remove(index) {
    this.points.splice(index, 1);
    this.finish(Math.min(index, this.points.length - 1));
  }

  clear() {
    this.points = [this.points[0], this.points.at(-1)];
    this.choose(-1);
    this.send();
  }

  finish(index) {
    this.draw();
    this.nodes[index].focus({ preventScroll: true });
    this.choose(index);
    this.send();
  }

  choose(index) {
    this.chosen = index;
    this.draw();
  }

  key(event) {
    const index = this.nodes.indexOf(event.target);
    if (index < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const end = { Home: 0, End: this.points.length - 1 }[event.key];
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[event.key];
    if (way) this.nudge(index, way, event.shiftKey ? 10 : 1);
    else if (end !== undefined) this.nodes[end].focus();
    else if (event.key === "Delete" || event.key === "Backspace") this.canRemove(index) && this.remove(index);
    else return;
    event.preventDefault();
  }

  nudge(index, [right, up], times) {
    const [x, y] = this.points[index];
    const { low, high, log } = this.data.y;
    const aside = x + right * times * hundredth(this.data.x.high - this.data.x.low, this.grain);
    const higher = log ? Math.max(y, low) * 10 ** ((up * times) / 20) : y + up * times * hundredth(high - low, grain(high - low));
    this.move(index, right ? this.snapX(aside) : x, up ? this.snapY(higher) : y);
    this.keyed = true;
    this.draw();
  }

  send() {
    this.keyed = false;
    this.n += 1;
    this.sentAt = performance.now();
    this.tell("draw", { points: this.points, n: this.n });
  }

  // ---- the curve ----

  value(x) {
    const points = this.points;
    const after = points.findIndex((point) => point[0] > x);
    if (after <= 0) return (after ? points.at(-1) : points[0])[1];
    const [[x0, y0], [x1, y1]] = [points[after - 1], points[after]];
    const share = (x - x0) / (x1 - x0);
    if (this.data.interpolation === "step") return y0;
    return this.data.interpolation === "log" && y0 > 0 && y1 > 0 ? y0 * (y1 / y0) ** share : y0 + share * (y1 - y0);
  }

  curvePixels() {
    const { interpolation, y } = this.data;
    const corners = this.points.map((point) => [this.toX(point[0]), this.toY(point[1])]);
    if (interpolation === "step") return corners.flatMap(([x, py], k) => (k ? [[x, corners[k - 1][1]], [x, py]] : [[x, py]]));
    if ((interpolation === "log") === y.log) return corners;
    const straight = corners.slice(1).flatMap(([x], k) => {
      const parts = Math.max(2, Math.ceil((x - corners[k][0]) / 2));
      return range(parts).map((part) => this.points[k][0] + ((this.points[k + 1][0] - this.points[k][0]) * part) / parts);
    });
    return [...straight, this.points.at(-1)[0]].map((x) => [this.toX(x), this.toY(this.value(x))]);
  }

  draw() {
    const stroke = this.gesture?.stroke;
    const pixels = stroke ? this.merged(stroke).flat() : this.curvePixels();
    this.drawAxes();
    this.curve.setAttribute("d", path(pixels));
    const first = pixels[0], last = pixels.at(-1);
    this.hold.setAttribute("d", path([[MARGIN.left, first[1]], first]) + path([last, [MARGIN.left + this.width, last[1]]]));
    this.drawPoints(stroke);
    this.reading.setAttribute("x", MARGIN.left + this.width);
    this.reading.textContent = this.points[this.chosen] ? this.pointText(this.chosen) : "";
    [this.canAdd(), this.canRemove(), this.points.length > 2].forEach((can, index) =>
      this.buttons[index].setAttribute("aria-disabled", String(!can)));
  }

  pointText(index) {
    const [x, y] = this.points[index];
    return fill(this.data.words.point, { index: index + 1, count: this.points.length, x: number(x), y: number(y) });
  }

  drawPoints(stroke) {
    while (this.nodes.length > this.points.length) this.nodes.pop().remove();
    while (this.nodes.length < this.points.length) this.nodes.push(this.layer.appendChild(pointNode()));
    const covered = stroke && [Math.min(...stroke.keys()), Math.max(...stroke.keys())];
    if (this.chosen >= this.points.length) this.chosen = -1;
    this.layer.classList.toggle("many", this.points.length > 16);
    this.nodes.forEach((node, index) => {
      const [x, y] = this.points[index];
      const px = this.toX(x);
      node.setAttribute("transform", `translate(${px} ${this.toY(y)})`);
      node.classList.toggle("chosen", index === this.chosen);
      node.classList.toggle("under", Boolean(covered) && px >= covered[0] && px <= covered[1]);
      node.setAttribute("aria-label", this.pointText(index));
      const { low, high } = this.data.y;
      Object.entries({ valuemin: low, valuemax: high, valuenow: y, valuetext: this.pointText(index) })
        .forEach(([name, text]) => node.setAttribute("aria-" + name, text));
    });
  }

  drawAxes() {
    const { x, y, height } = this.data;
    const right = MARGIN.left + this.width, bottom = MARGIN.top + this.tall;
    const ups = (y.log ? powers(y.low, y.high) : ticks(y.low, y.high, this.tall / 36)).map((value) => {
      const at = this.toY(value);
      return `<line x1="${MARGIN.left}" x2="${right}" y1="${at}" y2="${at}"/>` + label(MARGIN.left - 13, at + 4, "end", number(value));
    });
    const alongs = ticks(x.low, x.high, this.width / 80).map((value) => label(this.toX(value), bottom + 18, "middle", number(value)));
    const names = label(0, 14, "start", y.label) + label(right, height - 5, "end", x.label);
    const grid = ups.join("") + alongs.join("") + names;
    if (grid === this.drawnGrid) return;
    this.drawnGrid = this.grid.innerHTML = grid;
    Object.entries({ x: MARGIN.left, y: MARGIN.top, width: this.width, height: this.tall })
      .forEach(([name, size]) => this.frame.setAttribute(name, size));
  }
}

// ---- pieces ----

function element(tag, name) {
  const node = document.createElement(tag);
  node.className = name;
  return node;
}

function pointNode() {
  const node = document.createElementNS("http://www.w3.org/2000/svg", "g");
  Object.entries({ class: "point", tabindex: "0", role: "slider", "aria-orientation": "vertical", "aria-keyshortcuts": "Delete" })
    .forEach(([name, text]) => node.setAttribute(name, text));
  node.innerHTML = `<circle class="reach" r="22"/><circle class="ring" r="11"/><circle class="dot" r="5.5"/>`;
  return node;
}

function label(x, y, anchor, text) {
  const safe = text.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]);
  return `<text aria-hidden="true" x="${x}" y="${y}" text-anchor="${anchor}">${safe}</text>`;
}

function ink(root, color) {
  if (!color.startsWith("@")) return color || "var(--st-primary-color)";
  const context = document.createElement("canvas").getContext("2d");
  context.fillStyle = getComputedStyle(root).getPropertyValue("--st-background-color").trim() || "#fff";
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(context.fillStyle.slice(at, at + 2), 16));
  return PALETTES[0.299 * red + 0.587 * green + 0.114 * blue > 127 ? "light" : "dark"][color.slice(1)];
}

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const tidy = (value) => Number(value.toPrecision(12));
const round = (value, grain) => tidy(Math.round(value / grain) * grain);
const grain = (span) => 10 ** Math.floor(Math.log10(span / 200));
const hundredth = (span, grain) => Math.max(grain, round(span / 100, grain));
const range = (count) => Array.from({ length: count }, (_, index) => index);
const path = (pixels) => pixels.map(([x, y], index) => `${index ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

function number(value) {
  const size = Math.abs(value);
  if (size && (size < 1e-4 || size >= 1e6)) return value.toExponential(2).replace(/\.?0+e/, "e").replace("e+", "e");
  return String(Number(value.toPrecision(4)));
}

function ticks(low, high, about) {
  const rough = (high - low) / Math.max(2, about);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((nice) => nice * power >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9);
  return range(Math.floor(high / step + 1e-9) - first + 1).map((k) => tidy((first + k) * step));
}

function powers(low, high) {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const tens = range(Math.max(0, Math.floor(Math.log10(high) + 1e-9) - first + 1)).map((k) => Number(`1e${first + k}`));
  return tens.length > 1 ? tens : [low, high].map((end) => Number(end.toPrecision(2)));
}

// The ends, then always the point farthest from the line drawn so far, until there are enough or none is far.
function thinned(pixels, most, slack) {
  if (pixels.length <= 2 || (pixels.length <= most && !slack)) return pixels;
  const kept = [0, pixels.length - 1];
  while (kept.length < most) {
    const farthest = kept.slice(1).map((end, k) => bulge(pixels, kept[k], end)).reduce((a, b) => (b.away > a.away ? b : a));
    if (farthest.away <= slack) break;
    kept.push(farthest.index);
    kept.sort((a, b) => a - b);
  }
  return kept.map((index) => pixels[index]);
}

function bulge(pixels, start, end) {
  const [ax, ay] = pixels[start], [bx, by] = pixels[end];
  let best = { away: 0, index: start };
  for (let index = start + 1; index < end; index++) {
    const [x, y] = pixels[index];
    const away = Math.abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / (Math.hypot(bx - ax, by - ay) || 1);
    if (away > best.away) best = { away, index };
  }
  return best;
}
