// Copies the address of the page, and sets the document's language, which Streamlit leaves at "en".
const STYLE = "%STYLE%";
const SHOWN = 2000; // ms
const links = new WeakMap();

export default function ({ data, parentElement }) {
  const link = links.get(parentElement) ?? build(parentElement);
  links.set(parentElement, link);
  link.data = data;
  link.button.textContent = data.words.copy;
  document.documentElement.lang = data.lang;
  return () => clearTimeout(link.timer);
}

function build(parent) {
  const root = Object.assign(document.createElement("div"), { className: "link" });
  const button = Object.assign(document.createElement("button"), { type: "button" });
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  root.append(button, status);
  parent.append(Object.assign(document.createElement("style"), { textContent: STYLE }), root);
  const link = { button, status };
  button.onclick = () => copy(link.data.href || location.href).then(
    () => say(link, "copied"),
    () => say(link, "failed"),
  );
  return link;
}

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Plain http has no clipboard interface; a selected text area still has.
  const area = Object.assign(document.createElement("textarea"), { value: text });
  area.style.position = "fixed";
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (!copied) throw new Error("copy");
}

function say(link, word) {
  clearTimeout(link.timer);
  link.status.textContent = link.data.words[word];
  link.timer = setTimeout(() => (link.status.textContent = ""), SHOWN);
}
