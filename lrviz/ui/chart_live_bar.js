// The bar below a live chart: play, one step, cancel, again, how far it is, how fast, and the rate by hand.
const LIVE_SPEEDS = [1, 10, 100, 1000, 0]; // updates a second; 0: as many as can be
const LIVE_ICONS = {
  play: "M6 4l11 6-11 6z", pause: "M5 4h4v12H5zM11 4h4v12h-4z", step: "M7 4v12l8-6zM4 4h2v12H4z",
  stop: "M5 5h10v10H5z", again: "M10 4a6 6 0 1 0 6 6h-2a4 4 0 1 1-4-4v3l5-4-5-4z",
};
const RATE_PLACES = 1_000; // of the slider
const HAND_PAUSE = 150; // ms between two rates that are sent
const HAND_KEPT = 1_200; // ms for which the slider stays where a hand left it, until the job has taken the rate

function buildLive(chart) {
  const box = (chart.liveBox = element("div", "lrviz-chart-film lrviz-live", chart.root));
  const head = element("div", "lrviz-live-head", box);
  chart.liveSaid = element("p", "", head);
  const bar = (chart.liveBar = { root: element("div", "lrviz-clock-bar", element("div", "lrviz-clock", box), {}, { role: "group" }) });
  for (const name of ["play", "step", "stop", "again"]) {
    bar[name] = element("button", name, bar.root, { type: "button", onclick: () => press(chart, name) });
    bar[name].innerHTML = drawing(name);
  }
  bar.share = element("progress", "", bar.root, { max: 1 });
  bar.count = element("output", "", bar.root);
  bar.speed = element("select", "", bar.root);
  bar.speed.onchange = () => setSpeed(chart);
  buildHand(chart, bar, head);
}

function drawing(name) {
  return `<svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true"><path fill="currentColor" d="${LIVE_ICONS[name]}"/></svg>`;
}

function describeLiveBar(chart) {
  const { liveBar: bar, live } = chart, { words } = live;
  bar.root.setAttribute("aria-label", words.bar);
  bar.share.setAttribute("aria-label", words.progress);
  bar.speed.setAttribute("aria-label", words.speed);
  describeSpeed(bar.speed, live);
  for (const name of ["step", "stop", "again"]) titled(bar[name], words[name]);
  describeHand(chart);
  showStanding(chart);
}

function describeSpeed(select, { words, paces, speed }) {
  const chosen = paces || !select.value ? String(speed) : select.value;
  if (select.dataset.words !== words.flat_out) { // an open list must not be built anew under a hand
    select.dataset.words = words.flat_out;
    select.replaceChildren();
    const pace = (rate) => (rate ? filledIn(words.per_second, { rate }) : words.flat_out);
    for (const value of LIVE_SPEEDS) element("option", "", select, { value, textContent: pace(value) });
  }
  select.value = chosen;
}

function showStanding(chart) {
  const { liveBar: bar, live, standing, brought } = chart;
  if (!bar || !live || !standing) return;
  const { words } = live, over = isOver(chart), mine = Boolean(keyOf(chart));
  const paused = standing.status === "paused";
  titled(bar.play, over ? words.train : paused ? words.play : words.pause);
  bar.play.innerHTML = drawing(over || paused ? "play" : "pause");
  bar.play.disabled = over ? !live.again : !mine;
  bar.step.hidden = bar.speed.hidden = !live.steers;
  bar.step.disabled = bar.stop.disabled = over || !mine;
  bar.speed.disabled = !live.paces && (over || !mine);
  bar.again.disabled = !live.again || standing.status === "none";
  bar.share.value = standing.progress;
  chart.root.dataset.status = standing.status;
  const done = live.over ? live.steps : (brought?.latest.step ?? 0);
  bar.count.textContent = [filledIn(words.count, { at: done, of: live.steps }), timed(chart)].filter(Boolean).join(" · ");
  showHand(chart);
  const said = [saidOf(chart), captionLive(chart)].filter(Boolean).join(" ");
  if (chart.liveSaid.textContent !== said) chart.liveSaid.textContent = said;
  if (over && chart.spoken.textContent !== said) chart.spoken.textContent = said;
}

// How long it will still take, or before it has begun about how long it would.
function timed({ live: { words, seconds }, standing: { status, left } }) {
  if (status === "none" && seconds) return filledIn(words.takes, { seconds });
  return status === "running" && left ? filledIn(words.left, { seconds: left }) : "";
}

function isOver({ standing }) {
  return ENDED.has(standing.status) || standing.status === "none";
}

function saidOf({ live: { words }, standing, brought }) {
  if (standing.code === "replaced") return ""; // the next one is on its way
  if (standing.status === "failed") return words[standing.code] ?? words.broke;
  if (standing.status === "cancelled" || standing.status === "dropped") return words[standing.status];
  if (standing.status === "waiting") return standing.ahead ? filledIn(words.queued, { ahead: standing.ahead }) : words.starting;
  if (standing.status === "running" && !brought?.events.length) return words.starting;
  return standing.lost_workers ? words.went_on : "";
}

// Of an event's values the newest is said; where a run has broken, that and when.
function captionLive({ live, brought }) {
  if (!live.caption || !brought?.events.length) return "";
  const bad = brought.latest.bad?.[0] ?? -1;
  if (bad >= 0 && live.broken) return filledIn(live.broken, { step: bad });
  const values = Object.entries(live.values).map(([name, told]) => [name, valueOf(brought.latest, ...[told].flat())]);
  return filledIn(live.caption, Object.fromEntries(values));
}

function valueOf(latest, path, times = 1) {
  const found = at(latest, path);
  const value = typeof found === "object" && found !== null ? found[found.length - (found.columns ?? 1)] : found;
  return typeof value === "number" ? written(times * value, 3) : "–";
}

function press(chart, name) {
  const { standing, live } = chart, over = isOver(chart);
  if (name === "again" || (name === "play" && over)) return chart.tell("again", Date.now());
  if (name === "play") return steer(chart, { paused: standing.status !== "paused" });
  if (name === "step") return steer(chart, { paused: true, once: live.stride });
  return steer(chart, { cancel: true });
}

function setSpeed(chart) {
  const speed = Number(chart.liveBar.speed.value);
  steer(chart, { speed });
  if (chart.live.paces) chart.tell("pace", { speed });
}

// --- the rate by hand ------------------------------------------------------------------------------------------------

function buildHand(chart, bar, head) {
  bar.hand = element("div", "lrviz-live-hand", head);
  bar.handSaid = element("span", "", bar.hand);
  bar.rate = element("input", "", bar.hand, { type: "range", min: 0, max: RATE_PLACES, step: 1 });
  bar.rateValue = element("b", "", bar.hand);
  bar.rate.oninput = () => setByHand(chart);
}

function describeHand({ liveBar: bar, live }) {
  bar.hand.hidden = !live.rates;
  if (!live.rates) return;
  bar.handSaid.textContent = live.words.by_hand;
  bar.rate.setAttribute("aria-label", live.words.by_hand);
  bar.hand.title = live.words.by_hand_help;
}

function showHand(chart) {
  const { liveBar: bar, live, brought } = chart;
  if (!live.rates) return;
  bar.rate.disabled = isOver(chart) || !keyOf(chart);
  const rates = brought?.latest.rates, rate = rates?.length ? rates[rates.length - 1] : live.rates[2];
  if (performance.now() < (bar.heldUntil ?? 0)) return;
  bar.rate.value = placeOfRate(live.rates, rate);
  showRate(bar, rate);
}

function showRate(bar, rate) {
  bar.rateValue.textContent = written(rate, 3);
  bar.rate.setAttribute("aria-valuetext", bar.rateValue.textContent);
  bar.rate.style.setProperty("--share", bar.rate.value / RATE_PLACES);
}

function placeOfRate([low, high], rate) {
  return Math.round((RATE_PLACES * Math.log(clamped(rate, low, high) / low)) / Math.log(high / low));
}

// Rates are sent with a pause between them; the last one always is.
function setByHand(chart) {
  const { liveBar: bar, live: { rates: [low, high] } } = chart;
  const rate = Number((low * (high / low) ** (bar.rate.value / RATE_PLACES)).toPrecision(3));
  bar.heldUntil = performance.now() + HAND_KEPT;
  showRate(bar, rate);
  bar.wanted = rate;
  bar.sending ??= setTimeout(() => {
    bar.sending = null;
    steer(chart, { rate: bar.wanted });
  }, HAND_PAUSE);
}
