// A plane: axes that Plotly draws once, and canvases over them on which a frame costs next to nothing.

function plane(parent, name) {
  const box = element("div", `lrviz-stage-${name}`, parent);
  const plot = element("div", "lrviz-stage-plot", box);
  const made = { box, plot, signature: "", area: null };
  return Object.assign(made, { top: layer(made) });
}

function layer({ box }) {
  const canvas = element("canvas", "", box, {}, { "aria-hidden": "true" });
  return { canvas, pen: canvas.getContext("2d") };
}

// Plotly draws only when what it would draw has changed.
async function framed(stage, plane, signature, figure) {
  const { clientWidth, clientHeight } = plane.box;
  const whole = [signature, clientWidth, clientHeight, stage.look, density(plane)].join("|");
  if (plane.signature === whole || !clientWidth) return;
  const { data, layout } = legible(figure(), stage.letters);
  const dressed = { ...coloured(layout, stage.colours), width: clientWidth, height: clientHeight };
  await window.Plotly.react(plane.plot, coloured(data, stage.colours), filled(dressed, backdrop(stage)), { staticPlot: true });
  plane.signature = whole;
  measure(plane);
}

// What the theme asks for now; read once a message, because a frame has no time for it.
function readTheme(stage) {
  const style = getComputedStyle(stage.root);
  const family = style.getPropertyValue("--st-font").trim() || "sans-serif";
  const look = `${style.getPropertyValue("--st-background-color")} ${family}`;
  const letters = leastLetters(stage.root), font = `${Math.max(12, letters)}px ${family}`;
  Object.assign(stage, { colours: palette(stage.root), dark: isDark(stage.root), family, letters, font, look });
}

function backdrop({ colours, family }) {
  return {
    paper_bgcolor: colours.background, plot_bgcolor: colours.background, showlegend: false,
    font: { family, size: 13, color: colours.text },
  };
}

function planeAxis(title, range, more = {}) {
  return {
    title: { text: title, standoff: 6, font: { size: 13 } }, range, zeroline: false, exponentformat: "e", automargin: false,
    tickfont: { size: 12 }, gridcolor: "@grid", linecolor: "@grid", tickcolor: "@grid", ...more,
  };
}

function measure(plane) {
  const { _size: size, xaxis, yaxis } = plane.plot._fullLayout;
  plane.area = { left: size.l, top: size.t, right: size.l + size.w, bottom: size.t + size.h, width: size.w, height: size.h };
  plane.x = { low: xaxis.range[0], rate: size.w / (xaxis.range[1] - xaxis.range[0]) };
  plane.y = { low: yaxis.range[0], rate: size.h / (yaxis.range[1] - yaxis.range[0]), log: yaxis.type === "log" };
  for (const { canvas, pen } of [plane.top, plane.ink].filter(Boolean)) {
    const { clientWidth, clientHeight } = plane.box;
    const dots = density(plane);
    canvas.width = Math.round(clientWidth * dots);
    canvas.height = Math.round(clientHeight * dots);
    pen.setTransform(dots, 0, 0, dots, 0, 0);
  }
}

// Dots of the screen for each pixel that is drawn.
function density({ box }) {
  return devicePixelRatio * enlargement(box);
}

const toX = ({ area, x }, value) => area.left + (value - x.low) * x.rate;
const toY = ({ area, y }, value) => area.bottom - ((y.log ? Math.log10(value) : value) - y.low) * y.rate;
const fromX = ({ area, x }, pixel) => x.low + (pixel - area.left) / x.rate;
const fromY = ({ area, y }, pixel) => y.low + (area.bottom - pixel) / y.rate;

function wiped({ pen }, { box }) {
  pen.clearRect(0, 0, box.clientWidth, box.clientHeight);
  return pen;
}

function clipped(pen, { left, top, width, height }, drawing) {
  pen.save();
  pen.beginPath();
  pen.rect(left, top, width, height);
  pen.clip();
  drawing();
  pen.restore();
}

// --- small shapes ----------------------------------------------------------------------------------------------

function dot(pen, x, y, radius, fill, rim) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  Object.assign(pen, { fillStyle: fill, strokeStyle: rim, lineWidth: 2 });
  pen.fill();
  pen.stroke();
}

// Two strokes through a point: "+" where turn is 0, "×" where it is an eighth of a circle.
function cross(pen, x, y, size, turn, color, rim) {
  pen.beginPath();
  for (const angle of [turn, turn + Math.PI / 2]) {
    const [dx, dy] = [size * Math.cos(angle), size * Math.sin(angle)];
    pen.moveTo(x - dx, y - dy);
    pen.lineTo(x + dx, y + dy);
  }
  for (const [strokeStyle, lineWidth] of [[rim, 5], [color, 2]]) {
    Object.assign(pen, { strokeStyle, lineWidth, lineCap: "round" });
    pen.stroke();
  }
}

function arrowHead(pen, x, y, angle, size, color, rim) {
  pen.beginPath();
  pen.moveTo(x, y);
  for (const side of [-0.45, 0.45]) pen.lineTo(x - size * Math.cos(angle + side), y - size * Math.sin(angle + side));
  pen.closePath();
  Object.assign(pen, { fillStyle: color, strokeStyle: rim, lineWidth: 3, lineJoin: "round" });
  pen.stroke();
  pen.fill();
}

function arrow(pen, from, to, color, rim, width) {
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const size = Math.min(8 + width, length);
  const neck = [to[0] - 0.8 * size * Math.cos(angle), to[1] - 0.8 * size * Math.sin(angle)];
  for (const [strokeStyle, lineWidth] of [[rim, width + 2], [color, width]]) {
    pen.beginPath();
    pen.moveTo(...from);
    pen.lineTo(...neck);
    Object.assign(pen, { strokeStyle, lineWidth, lineCap: "butt" });
    pen.stroke();
  }
  arrowHead(pen, to[0], to[1], angle, size, color, rim);
}

// Text that moves up or down until it covers nothing; where there is no room it is left out.
function label(pen, text, x, y, colours, taken, area) {
  const width = pen.measureText(text).width + 6;
  const left = clamped(x - width / 2, area.left + 2, area.right - width - 2);
  const height = freeHeight(taken, left, y, width, area);
  if (height === undefined) return;
  taken.push({ left, at: height, width });
  haloed(pen, text, left + 3, height, colours);
}

function freeHeight(taken, left, y, width, area) {
  const heights = [0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6, 7, -7].map((lines) => y + 18 * lines);
  const isFree = (at) => at > area.top + 8 && at < area.bottom - 8 && !taken.some((box) => covers(box, left, at, width));
  return heights.find(isFree);
}

function haloed(pen, text, x, y, { background, text: ink }) {
  Object.assign(pen, { strokeStyle: background, lineWidth: 4, lineJoin: "round", fillStyle: ink, textBaseline: "middle", textAlign: "left" });
  pen.strokeText(text, x, y);
  pen.fillText(text, x, y);
}

function covers(box, left, at, width) {
  return Math.abs(box.at - at) < 16 && left < box.left + box.width && box.left < left + width;
}
