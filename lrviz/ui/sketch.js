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
let curve; // the module curve.js, in the version that belongs to this one

export default async function (component) {
  curve ??= await import(new URL(component.data.curve, import.meta.url).href);
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
    this.root = document.createElement("div");
    this.root.className = "pad";
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
    [words.hint, words.keys].forEach((text, index) => (this.hint.children[index].textContent = text ?? ""));
  }

  // --- where a value lies on the pad, and back ------------------------------------------------------------------------

  get area() {
    const width = Math.max(120 + MARGIN.left + MARGIN.right, this.root.clientWidth);
    return { left: MARGIN.left, right: width - MARGIN.right, top: MARGIN.top, bottom: this.data.height - MARGIN.bottom };
  }

  toX(x) {
    const { left, right } = this.area, { low, high } = this.data.x;
    return left + ((right - left) * (x - low)) / (high - low);
  }
  toY(y) {
    const { top, bottom } = this.area, { low, high, log } = this.data.y;
    const share = log ? Math.log(Math.max(y, low) / low) / Math.log(high / low) : (y - low) / (high - low);
    return bottom - (bottom - top) * share;
  }
  fromX(px) {
    const { left, right } = this.area, { low, high } = this.data.x;
    return this.snapX(low + ((px - left) / (right - left)) * (high - low));
  }
  fromY(px) {
    const { top, bottom } = this.area, { low, high, log } = this.data.y;
    const share = clamp((bottom - px) / (bottom - top), 0, 1);
    return this.snapY(log ? low * (high / low) ** share : low + (high - low) * share);
  }
  places() { return this.points.map(([x, y]) => [this.toX(x), this.toY(y)]); }

  get grain() { return this.data.x.step || grain(this.data.x.high - this.data.x.low); }
  snapX(x) { return clamp(round(x, this.grain), this.data.x.low, this.data.x.high); }
  snapY(y) {
    const { low, high, log } = this.data.y;
    return clamp(log ? Number(y.toPrecision(3)) : round(y, grain(high - low)), low, high);
  }

  // --- mouse, touch, pen ----------------------------------------------------------------------------------------------

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
    const away = this.places().map(([px, py]) => Math.hypot(px - x, py - y));
    const index = away.indexOf(Math.min(...away));
    return away[index] <= reach ? index : -1;
  }

  scribble(x, y) {
    const { left, right, top, bottom } = this.area;
    const [px, py] = [clamp(x, left, right), clamp(y, top, bottom)];
    this.gesture.stroke ??= new curve.Stroke(clamp(this.gesture.x, left, right), clamp(this.gesture.y, top, bottom));
    this.gesture.stroke.extend(px, py);
  }

  simplified(stroke) {
    const [before, middle, after] = stroke.over(this.places());
    const room = Math.max(2, this.data.max - before.length - after.length);
    const pixels = curve.thinned([...before, ...curve.thinned(middle, room, SMOOTH_PX), ...after], this.data.max, 0);
    const points = pixels.map(([x, y]) => [this.fromX(x), this.fromY(y)]);
    const kept = points.filter((point, index) => !index || point[0] >= points[index - 1][0] + this.grain * 0.99);
    return kept.length > 1 ? kept : this.gesture.before;
  }

  // --- what can be done to points -------------------------------------------------------------------------------------

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
    this.add(this.toX(x), this.toY(curve.value(this.points, x, this.data.interpolation)));
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

  // --- the curve ------------------------------------------------------------------------------------------------------

  draw() {
    const { interpolation, y } = this.data;
    const stroke = this.gesture?.stroke;
    const toX = (value) => this.toX(value), toY = (value) => this.toY(value);
    this.drawAxes(toX, toY);
    this.drawCurve(stroke ? stroke.over(this.places()).flat() : curve.pixels(this.points, interpolation, y.log, toX, toY));
    this.drawPoints(stroke);
    this.reading.setAttribute("x", this.area.right);
    this.reading.textContent = this.points[this.chosen] ? this.pointText(this.chosen) : "";
    [this.canAdd(), this.canRemove(), this.points.length > 2].forEach((can, index) =>
      this.buttons[index].setAttribute("aria-disabled", String(!can)));
  }

  drawCurve(pixels) {
    const first = pixels[0], last = pixels.at(-1);
    const { left, right } = this.area;
    this.curve.setAttribute("d", curve.path(pixels));
    this.hold.setAttribute("d", curve.path([[left, first[1]], first]) + curve.path([last, [right, last[1]]]));
  }

  pointText(index) {
    const [x, y] = this.points[index];
    return fill(this.data.words.point, { index: index + 1, count: this.points.length, x: curve.number(x), y: curve.number(y) });
  }

  drawPoints(stroke) {
    while (this.nodes.length > this.points.length) this.nodes.pop().remove();
    while (this.nodes.length < this.points.length) this.nodes.push(this.layer.appendChild(curve.point()));
    if (this.chosen >= this.points.length) this.chosen = -1;
    this.layer.classList.toggle("many", this.points.length > 16);
    this.nodes.forEach((node, index) => {
      const [x, y] = this.points[index];
      const px = this.toX(x);
      node.setAttribute("transform", `translate(${px} ${this.toY(y)})`);
      node.classList.toggle("chosen", index === this.chosen);
      node.classList.toggle("under", Boolean(stroke) && px >= stroke.left && px <= stroke.right);
      node.setAttribute("aria-label", this.pointText(index));
      const { low, high } = this.data.y;
      Object.entries({ valuemin: low, valuemax: high, valuenow: y, valuetext: this.pointText(index) })
        .forEach(([name, text]) => node.setAttribute("aria-" + name, text));
    });
  }

  drawAxes(toX, toY) {
    const { x, y, height } = this.data;
    const { left, right, top, bottom } = this.area;
    const grid = curve.axes({ x, y, left, right, top, bottom, height, toX, toY });
    if (grid === this.drawnGrid) return;
    this.drawnGrid = this.grid.innerHTML = grid;
    Object.entries({ x: left, y: top, width: right - left, height: bottom - top })
      .forEach(([name, size]) => this.frame.setAttribute(name, size));
  }
}

// --- pieces ---------------------------------------------------------------------------------------------------------

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
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
