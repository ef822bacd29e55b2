// The list of curves: each row opens its curve; the open row also offers to rename, duplicate and remove it.
const STYLE = "%STYLE%";
const PALETTES = "%PALETTES%";
const lists = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const list = lists.get(parentElement) ?? build(parentElement);
  lists.set(parentElement, list);
  list.data = data;
  list.act = (what, index, text = "") => setTriggerValue("act", { what, index, text });
  draw(list);
}

function build(parent) {
  const root = element("ul", parent, "roster");
  parent.prepend(Object.assign(document.createElement("style"), { textContent: STYLE }));
  return { root, renaming: null };
}

function draw(list) {
  const { root, data } = list;
  const focused = root.getRootNode().activeElement?.dataset?.act;
  const colours = PALETTES[isDark(root) ? "dark" : "light"];
  root.setAttribute("aria-label", data.label);
  root.dataset.roster = data.key;
  list.draft = list.renaming === null ? null : (root.querySelector(".field")?.value ?? null);
  list.redrawing = true; // a field that goes because the list is drawn again has not been left by the learner
  root.replaceChildren();
  list.redrawing = false;
  data.rows.forEach((row, index) => drawRow(list, row, index, colours));
  if (focused) root.querySelector(`[data-act="${focused}"]`)?.focus();
}

function isDark(root) {
  const pen = document.createElement("canvas").getContext("2d");
  pen.fillStyle = getComputedStyle(root).getPropertyValue("--st-background-color").trim();
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(pen.fillStyle.slice(at, at + 2), 16));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128;
}

function drawRow(list, row, index, colours) {
  const { words, opened, rows, full } = list.data;
  const item = element("li", list.root, index === opened ? "open" : "");
  item.classList.toggle("hidden", !row.shown);
  const colour = colours[row.color.slice(1)];
  item.classList.toggle("dashed", row.dashed);
  if (list.renaming === index) drawField(list, item, row, index);
  else drawName(list, item, row, index, colour);
  const tools = element("span", item, "tools");
  if (index === opened) {
    tool(list, tools, "rename", "edit", index, row, words.rename);
    if (words.duplicate) tool(list, tools, "duplicate", "content_copy", index, row, full ? words.full : words.duplicate, full);
    const last = rows.length === 1 && Boolean(words.last);
    tool(list, tools, "remove", "close", index, row, last ? words.last : words.remove, last);
  }
  tool(list, tools, "show", row.shown ? "visibility" : "visibility_off", index, row, row.shown ? words.hide : words.show);
}

function drawName(list, item, row, index, colour) {
  const button = element("button", item, "name");
  button.type = "button";
  button.dataset.act = `open ${index}`;
  button.title = fill(list.data.words.open, row);
  if (index === list.data.opened) button.setAttribute("aria-current", "true");
  const swatch = element("span", button, "swatch");
  swatch.style.color = colour;
  element("span", button, "text").textContent = row.name;
  if (row.note) element("span", button, "note").textContent = row.note;
  button.onclick = () => list.act("open", index);
  button.ondblclick = () => rename(list, index);
}

function drawField(list, item, row, index) {
  const field = element("input", item, "field");
  field.value = list.draft ?? row.name;
  field.maxLength = 40;
  field.setAttribute("aria-label", fill(list.data.words.rename, row));
  const close = (keep) => {
    if (list.renaming !== index || list.redrawing) return;
    list.renaming = null;
    if (keep && field.value.trim() !== row.name) list.act("rename", index, field.value);
    draw(list);
  };
  field.onkeydown = (event) => {
    if (event.key === "Enter") close(true);
    if (event.key === "Escape") close(false);
  };
  field.onblur = () => close(true);
  queueMicrotask(() => (field.focus(), list.draft === null && field.select()));
}

function tool(list, parent, what, sign, index, row, words, disabled = false) {
  const button = element("button", parent, "tool");
  Object.assign(button, { type: "button", textContent: sign, title: fill(words, row), disabled });
  button.setAttribute("aria-label", button.title);
  button.dataset.act = `${what} ${index}`;
  button.onclick = () => (what === "rename" ? rename(list, index) : list.act(what, index));
  return button;
}

function rename(list, index) {
  list.renaming = index;
  draw(list);
}

function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

function element(tag, parent, className) {
  const node = Object.assign(document.createElement(tag), { className });
  parent.append(node);
  return node;
}
