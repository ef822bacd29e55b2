// A chart of what is being computed elsewhere: its job's events stream in and grow its traces. A part of chart.js.
// The job, its bar, and what it has brought so far; the server is asked for nothing but the stream.
const LIVE_SPEEDS = [1, 10, 100, 1000, 0]; // updates a second; 0: as many as can be
const MOST_DRAWN = 1_500;
const RETRY = 1_000; // ms
const ENDED = new Set(["done", "failed", "cancelled", "dropped"]);
const LIVE_ICONS = {
  play: "M6 4l11 6-11 6z", pause: "M5 4h4v12H5zM11 4h4v12h-4z", step: "M7 4v12l8-6zM4 4h2v12H4z",
  stop: "M5 5h10v10H5z", again: "M10 4a6 6 0 1 0 6 6h-2a4 4 0 1 1-4-4v3l5-4-5-4z",
};

// --- the job -----------------------------------------------------------------------------------------------------

function describeLive(chart) {
  const { live } = chart;
  if (!live) return leaveJob(chart);
  if (!chart.liveBox) buildLive(chart);
  const now = live.job || String(live.over);
  if (chart.followed !== now) follow(chart, live.job);
  chart.followed = now;
  chart.liveBox.hidden = false;
  describeLiveBar(chart);
}

function leaveJob(chart) {
  chart.source?.close();
  clearTimeout(chart.retry);
  Object.assign(chart, { source: null, following: null, followed: null, brought: null });
  if (chart.liveBox) chart.liveBox.hidden = true;
}

function follow(chart, job) {
  leaveJob(chart);
  const { over } = chart.live, status = job ? "waiting" : over ? "done" : "none";
  Object.assign(chart, { following: job, brought: new Brought(), standing: { status, progress: over ? 1 : 0, ahead: 0 } });
  chart.root.dataset.job = job;
  if (job) listen(chart, 0);
}

// The browser's own reconnecting would begin anew: events already here are not asked for again.
function listen(chart, from) {
  const { live, following } = chart;
  const source = (chart.source = new EventSource(new URL(`api/jobs/${following}/stream?from=${from}`, document.baseURI)));
  let seen = from;
  source.onmessage = ({ data, lastEventId }) => {
    seen = Number(lastEventId);
    for (const event of JSON.parse(data)) chart.brought.take(decoded(event));
    renew(chart);
  };
  source.addEventListener("status", ({ data }) => stand(chart, JSON.parse(data)));
  source.addEventListener("end", () => {
    source.close();
    if (live.ends) chart.tell("ended", chart.standing.status);
  });
  source.onerror = () => {
    source.close();
    if (ENDED.has(chart.standing.status) || chart.following !== following || chart.gone) return;
    chart.failures = (chart.failures ?? 0) + 1;
    if (chart.failures > 5) return stand(chart, { ...chart.standing, status: "failed", code: "gone" });
    chart.retry = setTimeout(() => chart.following === following && listen(chart, seen), RETRY);
  };
}

function stand(chart, standing) {
  chart.standing = standing;
  chart.failures = 0;
  showStanding(chart);
}

function renew(chart) {
  showStanding(chart);
  if (!chart.wired || chart.renewing) return;
  chart.renewing = requestAnimationFrame(async () => {
    if (!chart.gone) await paint(chart);
    chart.renewing = null;
  });
}

// --- what it has brought -------------------------------------------------------------------------------------------

// Numbers travel as base 64; {b, t, s} becomes rows of s[1] numbers, or one row.
function decoded(node) {
  if (node === null || typeof node !== "object") return node;
  if (Array.isArray(node)) return node.map(decoded);
  if (typeof node.b !== "string") return Object.fromEntries(Object.entries(node).map(([name, leaf]) => [name, decoded(leaf)]));
  const bytes = Uint8Array.from(atob(node.b), (letter) => letter.charCodeAt(0));
  const flat = new NUMBERS[node.t](bytes.buffer);
  flat.columns = node.s.length > 1 ? node.s.slice(1).reduce((a, b) => a * b, 1) : 1;
  return flat;
}

class Brought {
  constructor() {
    this.events = [];
    this.latest = {};
    this.grown = new Map();
  }

  take(event) {
    this.events.push(event);
    Object.assign(this.latest, event);
  }

  // All values of a field so far, one after another, one column of each event's rows.
  column(path, column) {
    const id = `${path} ${column}`;
    if (!this.grown.has(id)) this.grown.set(id, { seen: 0, x: [], y: [] });
    const held = this.grown.get(id);
    for (; held.seen < this.events.length; held.seen++) this.append(held, this.events[held.seen], path, column);
    return held;
  }

  // The last of an event's values belongs to its own step, and those before it to the steps before.
  append({ x, y }, event, path, column) {
    const found = at(event, path);
    if (found === undefined || found === null) return;
    const values = typeof found === "number" ? [found] : found, columns = values.columns ?? 1;
    const rows = values.length / columns;
    for (let row = 0; row < rows; row++) {
      x.push(event.step - rows + 1 + row);
      y.push(values[row * columns + column]);
    }
  }
}

function at(node, path) {
  return path.split(".").reduce((found, name) => found?.[name], node);
}

// A trace as it stands: lines grown by what came, cells filled, whole arrays in their newest state.
function alive(chart, { live, ...trace }) {
  if (!live || !chart.brought) return trace;
  if (live.grow) return grown(chart.brought.column(live.grow, live.column ?? 0), live, trace);
  if (live.across) return across(chart.brought, live, trace);
  if (live.fill) return placed(chart.brought, live, trace);
  const held = at(chart.brought.latest, live.hold);
  return held === undefined ? trace : put(trace, live.into.split("."), shaped(trace, live.into, scaledBy(held, live.divide)));
}

function scaledBy(values, divisor) {
  return divisor ? Float32Array.from(values, (value) => value / divisor) : values;
}

function grown(held, { smooth, scale }, trace) {
  const y = smooth ? smoothed(held, smooth) : held.y;
  const kept = thinned(y.length);
  const drawn = kept.map((i) => (Number.isFinite(y[i]) ? y[i] * (scale ?? 1) : null));
  return { ...trace, x: kept.map((i) => held.x[i]), y: drawn };
}

// Two fields against each other, such as loss against rate.
function across(brought, { across: [x, y], column }, trace) {
  return { ...trace, x: [...brought.column(x, 0).y], y: brought.column(y, column ?? 0).y.map((v) => (Number.isFinite(v) ? v : null)) };
}

// The debiased average of TensorBoard: what is not finite neither counts nor is smoothed.
function smoothed(held, beta) {
  held.smooth ??= { beta, y: [], sum: 0, weight: 1 };
  if (held.smooth.beta !== beta) held.smooth = { beta, y: [], sum: 0, weight: 1 };
  const { smooth, y } = held;
  for (let i = smooth.y.length; i < y.length; i++) {
    if (!Number.isFinite(y[i])) { smooth.y.push(NaN); continue; }
    smooth.sum = beta * smooth.sum + (1 - beta) * y[i];
    smooth.weight *= beta;
    smooth.y.push(smooth.sum / (1 - smooth.weight));
  }
  return smooth.y;
}

function thinned(count) {
  const stride = Math.max(1, Math.ceil(count / MOST_DRAWN));
  const kept = [];
  for (let i = count - 1; i >= 0; i -= stride) kept.push(i);
  return kept.reverse();
}

// Cells in the order they came: into a heatmap row by row, or along a line. `places` says where in the trace each is, -1
// where it has none; without it a cell's number is its place. `set` puts the newest of other fields into attributes.
function placed(brought, { fill: [cells, values], places, set }, trace) {
  const held = heldFor(brought, `${values} ${places ?? ""}`, trace);
  for (; held.seen < brought.events.length; held.seen++) {
    const found = at(brought.events[held.seen], values);
    at(brought.events[held.seen], cells)?.forEach((cell, i) => {
      const place = places ? places[cell] : cell;
      if (place >= 0) held.flat[place] = Number.isFinite(found[i]) ? found[i] : null;
    });
  }
  const columns = trace.z?.[0].length, rows = trace.z?.length;
  const filled = trace.z ? { z: Array.from({ length: rows }, (_, row) => held.flat.slice(row * columns, (row + 1) * columns)) } : { y: [...held.flat] };
  const newest = Object.entries(set ?? {}).filter(([, path]) => Number.isFinite(at(brought.latest, path)));
  return newest.reduce((made, [name, path]) => put(made, name.split("."), at(brought.latest, path)), { ...trace, ...filled });
}

function heldFor(brought, id, { z, y }) {
  brought.filled ??= new Map();
  if (!brought.filled.has(id)) {
    const flat = (z ? Array.from(z, (row) => Array.from(row)) : [Array.from(y)]).flat();
    brought.filled.set(id, { seen: 0, flat: flat.map((value) => (Number.isFinite(value) ? value : null)) });
  }
  return brought.filled.get(id);
}

// --- the bar ---------------------------------------------------------------------------------------------------------

function buildLive(chart) {
  const box = (chart.liveBox = element("div", "lrviz-chart-film lrviz-live", chart.root));
  chart.liveSaid = element("p", "", box);
  const bar = (chart.liveBar = { root: element("div", "lrviz-clock-bar", element("div", "lrviz-clock", box), {}, { role: "group" }) });
  for (const name of ["play", "step", "stop", "again"]) {
    bar[name] = element("button", name, bar.root, { type: "button", onclick: () => press(chart, name) });
    bar[name].innerHTML = drawing(name);
  }
  bar.share = element("progress", "", bar.root, { max: 1 });
  bar.count = element("output", "", bar.root);
  bar.speed = element("select", "", bar.root);
  bar.speed.onchange = () => steer(chart, { speed: Number(bar.speed.value) });
}

function drawing(name) {
  return `<svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true"><path fill="currentColor" d="${LIVE_ICONS[name]}"/></svg>`;
}

function describeLiveBar(chart) {
  const { liveBar: bar, live } = chart, { words } = live;
  bar.root.setAttribute("aria-label", words.bar);
  bar.share.setAttribute("aria-label", words.progress);
  bar.speed.setAttribute("aria-label", words.speed);
  const pace = (speed) => (speed ? filledIn(words.per_second, { rate: speed }) : words.flat_out);
  const chosen = bar.speed.value || "0";
  bar.speed.replaceChildren(
    ...LIVE_SPEEDS.map((speed) => element("option", "", bar.speed, { value: speed, textContent: pace(speed), selected: String(speed) === chosen })),
  );
  for (const name of ["step", "stop", "again"]) titled(bar[name], words[name]);
  showStanding(chart);
}

function showStanding(chart) {
  const { liveBar: bar, live, standing, brought } = chart;
  if (!bar || !live || !standing) return;
  const { words } = live, over = ENDED.has(standing.status) || standing.status === "none", mine = Boolean(live.key);
  const paused = standing.status === "paused";
  titled(bar.play, over ? words.train : paused ? words.play : words.pause);
  bar.play.innerHTML = drawing(over || paused ? "play" : "pause");
  bar.play.disabled = !mine && !live.again;
  bar.step.hidden = bar.speed.hidden = !live.steers;
  bar.step.disabled = over || !mine;
  bar.stop.disabled = over || !mine;
  bar.speed.disabled = over || !mine;
  bar.again.disabled = !live.again || standing.status === "none";
  bar.share.value = standing.progress;
  chart.root.dataset.status = standing.status;
  const done = live.over ? live.steps : (brought?.latest.step ?? 0);
  bar.count.textContent = [filledIn(words.count, { at: done, of: live.steps }), timed(chart)].filter(Boolean).join(" · ");
  const said = [saidOf(chart), captionLive(chart)].filter(Boolean).join(" ");
  if (chart.liveSaid.textContent !== said) chart.liveSaid.textContent = said;
  if (over && chart.spoken.textContent !== said) chart.spoken.textContent = said;
}

// How long it will still take, or before it has begun about how long it would.
function timed({ live: { words, seconds }, standing: { status, left } }) {
  if (status === "none" && seconds) return filledIn(words.takes, { seconds });
  return status === "running" && left ? filledIn(words.left, { seconds: left }) : "";
}

function saidOf({ live: { words }, standing }) {
  if (standing.status === "failed") return words[standing.code] ?? words.broke;
  if (standing.status === "cancelled" || standing.status === "dropped") return words[standing.status];
  if (standing.status === "waiting") return standing.ahead ? filledIn(words.queued, { ahead: standing.ahead }) : words.starting;
  return standing.lost_workers ? words.went_on : "";
}

function captionLive({ live, brought }) {
  if (!live.caption || !brought?.events.length) return "";
  const values = Object.entries(live.values).map(([name, path]) => [name, valueOf(at(brought.latest, path))]);
  return filledIn(live.caption, Object.fromEntries(values));
}

function valueOf(found) {
  const value = typeof found === "object" && found !== null ? found[found.length - (found.columns ?? 1)] : found;
  return typeof value === "number" ? written(value) : "–";
}

function press(chart, name) {
  const { standing, live } = chart, over = ENDED.has(standing.status) || standing.status === "none";
  if (name === "again" || (name === "play" && over)) return chart.tell("again", Date.now());
  if (name === "play") return steer(chart, { paused: standing.status !== "paused" });
  if (name === "step") return steer(chart, { paused: true, once: live.stride });
  return steer(chart, { cancel: true });
}

async function steer(chart, told) {
  const { live, following } = chart;
  if (!following || !live.key) return;
  const body = JSON.stringify({ ...told, key: live.key });
  await fetch(new URL(`api/jobs/${following}`, document.baseURI), { method: "POST", body, headers: { "Content-Type": "application/json" } }).catch(() => null);
}
