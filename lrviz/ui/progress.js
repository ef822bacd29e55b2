// Keeps the marks of exercises in this browser; what it holds and what the session has are put together on both sides.
const STYLE = "%STYLE%";
const PLACE = "lrviz.exercises";
const LONGEST = 20000;
const keepers = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const keeper = keepers.get(parentElement) ?? build(parentElement);
  keepers.set(parentElement, keeper);
  const before = data.forget ? {} : stored();
  const together = joined(before ?? {}, data.marks);
  const works = before !== null && store(together);
  keeper.line.textContent = (works ? data.words.here : data.words.session) ?? "";
  const news = JSON.stringify(together);
  if (Object.keys(together).some((id) => together[id] !== data.marks[id]) && keeper.told !== news) {
    keeper.told = news;
    setTriggerValue("marks", together);
  }
}

function build(parent) {
  const line = Object.assign(document.createElement("p"), { className: "kept" });
  parent.append(Object.assign(document.createElement("style"), { textContent: STYLE }), line);
  return { line, told: "" };
}

// Null where the browser lets nobody keep anything; what is damaged counts as nothing.
function stored() {
  let text;
  try {
    text = localStorage.getItem(PLACE);
  } catch {
    return null;
  }
  if (!text || text.length > LONGEST) return {};
  try {
    const { marks } = JSON.parse(text);
    const pairs = Object.entries(marks ?? {}).filter(([, mark]) => mark === "solved" || mark === "shown");
    return Object.fromEntries(pairs);
  } catch {
    return {};
  }
}

function store(marks) {
  try {
    localStorage.setItem(PLACE, JSON.stringify({ version: 1, marks }));
    return true;
  } catch {
    return false;
  }
}

function joined(one, other) {
  const both = { ...one };
  for (const [id, mark] of Object.entries(other)) if (both[id] !== "solved") both[id] = mark;
  return both;
}
