// The surface in three dimensions: drawn when it is first seen, its trails as often as there is time for.
const COARSE = 2; // every second row and column of the grid is enough for a solid
const MOST_POINTS = 200; // of a trail
const LIFT = 0.012; // of the height, so that trails lie on the surface and not in it
const REST = 5; // a redraw that takes 50 ms is followed by 5 times that for the contour
const SHORTEST_REST = 90; // ms

function buildSolid(parent) {
  const box = element("div", "lrviz-stage-solid", parent);
  const button = element("button", "lrviz-stage-show", box, { type: "button" }, { "aria-expanded": "false" });
  const plot = element("div", "lrviz-stage-plot", box, {}, { role: "img" });
  return { box, button, plot, opened: false, seen: false, timer: 0, signature: "", said: element("p", "", box, { hidden: true }), height: element("span", "", box) };
}

function wireSolid(stage) {
  const { solid } = stage;
  solid.watcher = new IntersectionObserver((entries) => {
    solid.seen = entries.at(-1).isIntersecting;
    renewSolid(stage);
  });
  solid.watcher.observe(solid.plot);
  wirePress(stage);
  solid.button.onclick = () => {
    solid.opened = !solid.opened;
    describeSolid(stage);
    renewSolid(stage);
  };
}

function describeSolid({ solid, message }) {
  const { words } = message;
  solid.box.classList.toggle("opened", solid.opened);
  solid.button.textContent = solid.opened ? words.hide_3d : words.show_3d;
  solid.button.setAttribute("aria-expanded", String(solid.opened));
  solid.plot.setAttribute("aria-label", words.solid);
}

// Asks for a redraw; while one is due or has just been, nothing more happens.
function renewSolid(stage) {
  const { solid } = stage;
  if (!stage.scene || !solid.seen || !solid.plot.clientWidth) return;
  solid.stale = true;
  if (solid.timer || solid.drawing) return;
  const rest = Math.max(SHORTEST_REST, REST * (solid.cost ?? 40));
  solid.timer = setTimeout(() => drawSolid(stage), Math.max(0, (solid.free ?? 0) + (solid.signature ? rest : 250) - performance.now()));
}

async function drawSolid(stage) {
  const { solid } = stage;
  solid.timer = 0;
  if (stage.gone || !solid.stale || !solid.plot.clientWidth) return;
  if (!canDraw(solid, stage.message.words)) return;
  Object.assign(solid, { stale: false, drawing: true });
  const began = performance.now(), moves = isSame(stage);
  try {
    await (moves ? moveTrails(stage) : wholeSolid(stage));
    await nextFrame(); // what the graphics card is given to do holds up the frames after
    await nextFrame();
  } finally {
    Object.assign(solid, { drawing: false, free: performance.now() });
  }
  if (moves) solid.cost = solid.free - began;
  stage.root.dataset.solid = (Number(stage.root.dataset.solid) || 0) + 1;
  stage.root.dataset.solidCost = (solid.free - began).toFixed(0);
  if (solid.stale) renewSolid(stage);
}

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));

function canDraw(solid, words) {
  solid.possible ??= Boolean(document.createElement("canvas").getContext("webgl"));
  solid.said.hidden = solid.possible;
  solid.said.textContent = solid.possible ? "" : words.no_3d;
  return solid.possible;
}

function isSame(stage) {
  const { message, tracks } = stage.scene, { solid } = stage;
  const signature = [message.surface, stage.look, solid.plot.clientWidth, solid.plot.clientHeight, tracks.map(({ color }) => color).join(), message.minima.join()].join("|");
  const same = solid.signature === signature;
  solid.signature = signature;
  return same;
}

// --- what is drawn ---------------------------------------------------------------------------------------------

async function wholeSolid(stage) {
  const { solid, scene, colours } = stage;
  const data = [surface(stage), ...scene.tracks.map((track) => line(stage, track)), heads(stage), lowest(stage)];
  // In WebGL Plotly draws only some Chinese letters, so the name of the height is not left to it.
  solid.height.textContent = `↑ ${scene.grid.scale === "log" ? scene.words.gap : scene.words.loss}`;
  await window.Plotly.react(solid.plot, coloured(data, colours), solidLayout(stage), { displayModeBar: false, scrollZoom: false, responsive: false });
  if (solid.wired) return;
  solid.wired = true;
  solid.plot.on("plotly_click", ({ points }) => {
    if (!solid.press) return;
    solid.press.point = points[0];
    placeOnSolid(stage);
  });
}

// Plotly speaks of a click as soon as the button is down; one that goes on to turn the camera places nothing.
function wirePress(stage) {
  const { solid } = stage;
  solid.plot.addEventListener("pointerdown", (event) => (solid.press = { x: event.clientX, y: event.clientY }), true);
  solid.plot.addEventListener("pointerup", ({ clientX, clientY }) => {
    if (!solid.press) return;
    solid.press.still = Math.hypot(clientX - solid.press.x, clientY - solid.press.y) < 5;
    placeOnSolid(stage);
  }, true);
}

function placeOnSolid(stage) {
  const { point, still } = stage.solid.press;
  if (!point || !still) return;
  stage.solid.press = null;
  place(stage, point.x, point.y, true);
}

function moveTrails(stage) {
  const { scene, solid } = stage;
  const moved = [...scene.tracks.map((track) => line(stage, track)), heads(stage)];
  const update = Object.fromEntries(["x", "y", "z"].map((name) => [name, moved.map((trace) => trace[name])]));
  return window.Plotly.restyle(solid.plot, update, moved.map((_, index) => index + 1));
}

function surface(stage) {
  const { grid } = stage.scene;
  const every = (values) => values.filter((_, index) => index % COARSE === 0);
  return {
    type: "surface", x: every(grid.x), y: every(grid.y), z: every(Array.from(grid.z)).map(every), colorscale: solidShades(stage), showscale: false,
    hoverinfo: "none", lighting: { ambient: 0.75, diffuse: 0.5, specular: 0.05, roughness: 0.9 },
    contours: Object.fromEntries(["x", "y", "z"].map((name) => [name, { highlight: false, ...(name === "z" && { show: true, color: colour("@line", stage.colours), width: 1, ...grid.lines }) }])),
  };
}

// As on the contour, but apart from the background at both ends: a solid has no frame, and what fades looks torn.
function solidShades({ colours, dark }) {
  const tint = mixed(colours.muted, colours.accent, 0.35), [low, high] = dark ? [0.2, 0.5] : [0.55, 0.26];
  return [0, 1].map((at) => [at, mixed(colours.background, tint, low + (high - low) * at)]);
}

function line(stage, track) {
  const end = Math.min(stage.clock.step, track.last), every = Math.max(1, Math.ceil(end / MOST_POINTS));
  const places = [];
  for (let at = 0; at < end; at += every) places.push(solidPoint(stage, track, at));
  places.push(solidPoint(stage, track, end));
  return { type: "scatter3d", mode: "lines", ...coordinates(places), line: { color: track.color, width: 5 }, hoverinfo: "skip" };
}

function heads(stage) {
  const { tracks } = stage.scene;
  const places = tracks.map((track) => solidPoint(stage, track, Math.min(stage.clock.step, track.last)));
  const marker = { color: tracks.map(({ color }) => color), size: 5, line: { color: "@background", width: 1 } };
  return { type: "scatter3d", mode: "markers", ...coordinates(places), marker, hoverinfo: "skip" };
}

function lowest(stage) {
  const { grid, message } = stage.scene;
  const places = message.minima.map(([x, y]) => [x, y, heightAt(grid, x, y)]);
  return { type: "scatter3d", mode: "markers", ...coordinates(places), marker: { color: "@text", size: 3, symbol: "cross" }, hoverinfo: "skip" };
}

function coordinates(places) {
  return Object.fromEntries(["x", "y", "z"].map((name, i) => [name, places.map((place) => place[i])]));
}

// A point of a trail on the surface as it is drawn; a point beside the surface is a gap.
function solidPoint(stage, track, at) {
  const { grid } = stage.scene, x = track.x[at], y = track.y[at];
  const level = heightAt(grid, x, y);
  return level === null ? [null, null, null] : [x, y, level + LIFT * (zRange(grid)[1] - zRange(grid)[0])];
}

function heightAt(grid, x, y) {
  const [column, right] = cell(grid.x, x), [row, up] = cell(grid.y, y);
  if (column < 0 || row < 0) return null;
  const [low, high] = [grid.z[row], grid.z[row + COARSE]];
  const along = (values) => values[column] + right * (values[column + COARSE] - values[column]);
  const level = along(low) + up * (along(high) - along(low));
  return Number.isFinite(level) ? level : null;
}

// The drawn column a value falls into and how far along it lies, or -1 beside the grid.
function cell(axis, value) {
  const place = (value - axis[0]) / (axis[1] - axis[0]) / COARSE, last = (axis.length - 1) / COARSE;
  if (!(place >= 0 && place <= last)) return [-1, 0];
  const column = Math.min(Math.floor(place), last - 1);
  return [column * COARSE, place - column];
}

function zRange(grid) {
  const heights = () => grid.z.flatMap((row) => Array.from(row)).filter(Number.isFinite);
  grid.ends ??= [heights().reduce((a, b) => Math.min(a, b), Infinity), heights().reduce((a, b) => Math.max(a, b), -Infinity)];
  return grid.ends;
}

// From where the contour is read, x to the right; farther off where the box is narrow.
function viewpoint(aspect) {
  const away = clamped(1 + 0.45 * (1.75 - aspect), 1, 1.45);
  return { eye: { x: -0.42 * away, y: -1.5 * away, z: 1.12 * away }, center: { x: 0, y: 0, z: -0.16 } };
}

function solidLayout(stage) {
  const { solid, scene, colours } = stage, { grid } = scene;
  const side = (title) => ({ title: { text: title }, gridcolor: colours.grid, zerolinecolor: colours.grid, showbackground: false, showspikes: false, color: colours.text, tickfont: { size: 11 }, nticks: 5, exponentformat: "e" });
  return {
    ...backdrop(stage), uirevision: "keep", width: solid.plot.clientWidth, height: solid.plot.clientHeight, margin: { l: 0, r: 0, t: 0, b: 0 },
    scene: {
      xaxis: side("x"), yaxis: side("y"), zaxis: { ...side(""), ...(grid.scale === "log" && powersOfTen(grid.lines)) },
      aspectmode: "manual", aspectratio: { x: 1.15, y: 1.15, z: 0.75 }, dragmode: "turntable",
      camera: viewpoint(solid.plot.clientWidth / solid.plot.clientHeight),
    },
  };
}
