// The slider's ruler: bands of colour on its track, what they are called, and ticks. A part of knob.js.
const LABEL_GAP = 8; // px

function ruler(body) {
  const root = element("div", body, { className: "ruler" }, { "aria-hidden": "true" });
  return {
    root,
    bands: element("div", root, { className: "bands" }),
    marks: element("div", root, { className: "marks" }),
    spoken: element("span", body, { id: "regimes", hidden: true }),
    labels: [],
    here: null,
  };
}

function isRuled({ data }) {
  return data.bands.length + data.marks.length > 0;
}

function share(knob, value) {
  const { low, high } = knob.data;
  if (isLog(knob) && value <= 0) return 0;
  const [from, to, here] = [low, high, value].map((one) => toPlace(knob, one));
  return Math.min(1, Math.max(0, (here - from) / (to - from || 1)));
}

// --- drawing ---------------------------------------------------------------------------------------------------

function rule(knob) {
  const { data, ruler, slider } = knob;
  ruler.root.hidden = !isRuled(knob);
  ruler.marks.hidden = !data.marks.length;
  ruler.bands.hidden = !data.bands.length;
  if (data.bands.length) slider.style.setProperty("--bands", track(knob));
  else slider.style.removeProperty("--bands");
  const { bands, marks, low, high, scale } = data;
  const asked = JSON.stringify([bands, marks, low, high, scale]);
  if (asked === ruler.asked) return;
  ruler.asked = asked;
  writeLabels(knob);
}

// A gap of the page's colour parts two bands, so that they tell apart without their colours too.
function track(knob) {
  const colours = palette(knob.root);
  const at = (value) => `var(--thumb) / 2 + ${share(knob, value)} * (100% - var(--thumb))`;
  const stops = knob.data.bands.flatMap(({ to, color }, i, { length }) => {
    const filled = colour(color, colours);
    if (i === length - 1) return [`${filled} 0 100%`];
    return [`${filled} 0 calc(${at(to)} - 1px)`, `transparent 0 calc(${at(to)} + 1px)`];
  });
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

function writeLabels(knob) {
  const { ruler, data } = knob;
  ruler.bands.replaceChildren();
  ruler.marks.replaceChildren();
  ruler.here = null;
  ruler.labels = [...bandLabels(knob), ...data.marks.map((mark, i) => markLabel(knob, mark, i))];
  const bands = data.bands.map(({ label, to }, i, { length }) => (i < length - 1 ? `${label} ≤ ${format(to)}` : label));
  ruler.spoken.textContent = [...bands, ...data.marks.map(({ at, label }) => `${format(at)} ${label}`)].join(", ");
}

function bandLabels(knob) {
  const { ruler, data } = knob;
  const ends = data.bands.map(({ to }) => share(knob, to));
  return data.bands.map(({ label }, i) => {
    const from = i ? ends[i - 1] : 0;
    const part = element("div", ruler.bands, { className: "band", title: label });
    Object.assign(part.style, { left: `${100 * from}%`, width: `${100 * (ends[i] - from)}%` });
    const node = element("span", ruler.bands, { className: "label", textContent: label });
    return { id: `band ${i}`, node, row: 0, centre: (from + ends[i]) / 2, room: ends[i] - from };
  });
}

function markLabel(knob, { at, label }, i) {
  const { marks } = knob.ruler;
  const centre = share(knob, at);
  element("i", marks, { className: "tick" }).style.left = `${100 * centre}%`;
  const node = element("span", marks, { className: "label", textContent: label, title: label });
  return { id: `mark ${i}`, node, row: 1, centre, room: Infinity };
}

// --- where the value stands ------------------------------------------------------------------------------------

// Returns what the value is called there: its mark's name if it is exactly at one, else its band's.
function stand(knob, value) {
  const { bands, marks } = knob.data;
  const mark = marks.findIndex(({ at }) => Math.abs(at - value) <= 1e-9 * Math.abs(at));
  const band = bands.findIndex(({ to }, i) => value <= to || i === bands.length - 1);
  const here = mark >= 0 ? `mark ${mark}` : `band ${band}`;
  if (knob.ruler.here !== here) {
    knob.ruler.here = here;
    for (const { id, node } of knob.ruler.labels) node.classList.toggle("here", id === here);
    arrange(knob);
  }
  return (marks[mark] ?? bands[band])?.label;
}

// The name that holds now always shows; of the others those that fit into their band and leave each other room.
function arrange({ ruler }) {
  const width = ruler.root.clientWidth;
  const taken = [[], []];
  const sized = ruler.labels.map((label) => ({ ...label, size: label.node.offsetWidth })); // read all, then write
  const [here, others] = [sized.filter(({ id }) => id === ruler.here), sized.filter(({ id }) => id !== ruler.here)];
  for (const { id, node, row, centre, room, size } of [...here, ...others]) {
    const left = Math.max(0, Math.min(width - size, centre * width - size / 2));
    const free = taken[row].every(([from, to]) => left + size + LABEL_GAP <= from || left >= to + LABEL_GAP);
    const shown = id === ruler.here || (free && size <= room * width);
    node.style.left = `${left}px`;
    node.style.visibility = shown ? "visible" : "hidden";
    if (shown) taken[row].push([left, left + size]);
  }
}
