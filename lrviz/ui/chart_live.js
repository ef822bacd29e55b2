// A chart of what is being computed elsewhere: its job's events stream in and grow its traces. A part of chart.js.
// The server is asked for nothing but the stream; what a learner does with the job goes to it directly, too.
const RETRY = 1_000; // ms
const ENDED = new Set(["done", "failed", "cancelled", "dropped"]);

function describeLive(chart) {
  const { live } = chart;
  if (!live) return leaveJob(chart);
  if (!chart.liveBox) buildLive(chart);
  if (chart.following !== live.job || chart.over !== live.over) follow(chart, live.job);
  nameJob(chart);
  chart.liveBox.hidden = false;
  describeLiveBar(chart);
}

function leaveJob(chart) {
  deafen(chart);
  Object.assign(chart, { following: null, brought: null, arriving: null });
  if (chart.liveBox) chart.liveBox.hidden = true;
}

function deafen(chart) {
  chart.source?.close();
  clearTimeout(chart.retry);
  chart.source = null;
}

// What the last job brought stays until the next one has something to show: a turning knob must not empty the picture.
function follow(chart, job) {
  deafen(chart);
  const { over } = chart.live, status = job ? "waiting" : over ? "done" : "none";
  Object.assign(chart, { following: job, over, arriving: new Brought(), standing: { status, progress: over ? 1 : 0, ahead: 0 } });
  if (!job || !chart.brought) chart.brought = chart.arriving;
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
    chart.brought = chart.arriving;
    for (const event of JSON.parse(data)) chart.brought.take(decoded(event));
    renew(chart);
  };
  source.addEventListener("status", ({ data }) => stand(chart, JSON.parse(data)));
  source.addEventListener("end", () => {
    source.close();
    nameJob(chart);
    if (live.ends && chart.standing.code !== "replaced") chart.tell("ended", `${chart.standing.status} ${following}`);
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
  nameJob(chart);
  showStanding(chart);
}

function renew(chart) {
  showStanding(chart);
  if (!chart.wired || chart.renewing) return;
  chart.renewing = requestAnimationFrame(() => {
    chart.renewing = null; // before the paint: what comes during it must be drawn, too
    if (!chart.gone) paint(chart);
  });
}

// The job's id stands in the address, so that a reload finds it; this adds no step to the way back. What lets its visitor
// steer it stays in this tab, which a reload keeps and a copied link does not.
function nameJob({ live, following }) {
  if (!following) return;
  if (live.key) sessionStorage.setItem(`lrviz ${following}`, live.key);
  const here = new URL(location.href);
  if (here.searchParams.get("job") === following) return;
  here.searchParams.set("job", following);
  history.replaceState(history.state, "", here);
}

function keyOf({ live, following }) {
  return live.key || (following && sessionStorage.getItem(`lrviz ${following}`)) || "";
}

async function steer(chart, told) {
  const { following } = chart, key = keyOf(chart);
  if (!following || !key) return;
  const body = JSON.stringify({ ...told, key });
  await fetch(new URL(`api/jobs/${following}`, document.baseURI), { method: "POST", body, headers: { "Content-Type": "application/json" } }).catch(() => null);
}
