// Fetches an answer some time after its question was last changed, and says it in words that Python sent along.
const STYLE = "%STYLE%";
const PAUSE = 250; // ms
const PATIENCE = 60000; // ms
const ICONS = { ok: "✓", note: "ⓘ", warn: "⚠", pending: "…" };
const questions = new WeakMap();

export default function ({ data, parentElement }) {
  const question = questions.get(parentElement) ?? build(parentElement);
  questions.set(parentElement, question);
  const isNew = question.data?.url !== data.url;
  question.data = data;
  question.root.dataset.ask = data.key;
  if (isNew) ask(question);
  show(question);
  return () => stop(question);
}

function build(parent) {
  const root = document.createElement("p");
  const icon = document.createElement("span");
  const words = document.createElement("span");
  root.setAttribute("role", "status");
  icon.setAttribute("aria-hidden", "true");
  root.append(icon, words);
  parent.append(Object.assign(document.createElement("style"), { textContent: STYLE }), root);
  return { root, icon, words };
}

function ask(question) {
  stop(question);
  const stopper = (question.stopper = new AbortController());
  question.answer = null;
  question.timer = setTimeout(async () => {
    const answer = await fetched(question.data.url, stopper);
    if (question.stopper !== stopper) return; // the question has changed meanwhile
    question.answer = answer;
    show(question);
  }, PAUSE);
}

async function fetched(url, stopper) {
  const late = setTimeout(() => stopper.abort(), PATIENCE);
  try {
    const response = await fetch(new URL(url, document.baseURI), { signal: stopper.signal });
    return await response.json();
  } catch {
    return { code: null };
  } finally {
    clearTimeout(late);
  }
}

function stop(question) {
  clearTimeout(question.timer);
  question.stopper?.abort();
  question.stopper = null;
}

function show(question) {
  const { data, answer, root, icon, words } = question;
  const template = answer && data.words[answer.code];
  const tone = !answer ? "pending" : template && answer.tone in ICONS ? answer.tone : "warn";
  root.dataset.tone = tone;
  icon.textContent = ICONS[tone];
  const text = !answer ? data.pending : template ? fill(template, answer.values ?? {}, data.words) : data.failed;
  if (words.textContent !== text) words.textContent = text;
}

// A value that is itself a code, such as why a comparison ends early, is said in its own words.
function fill(template, values, words) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => words[values[name]] ?? values[name] ?? whole).trim();
}
