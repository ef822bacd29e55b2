// One file from the learner's machine: its size is checked before it is read, and it is sent once.
const STYLE = "%STYLE%";
const UNITS = [[1e6, "MB"], [1e3, "kB"], [1, "B"]];
const PIECE = 32_768; // bytes; a call takes only so many arguments
const uploads = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const upload = uploads.get(parentElement) ?? build(parentElement);
  uploads.set(parentElement, upload);
  const answered = upload.n !== null && data.echo === upload.n;
  Object.assign(upload, { data, tell: setTriggerValue, n: answered ? null : upload.n });
  if (answered) upload.refusal = "";
  describe(upload);
}

// --- the component's own elements ------------------------------------------------------------------------------

function build(parent) {
  const style = document.createElement("style");
  style.textContent = STYLE;
  const root = document.createElement("div");
  root.className = "upload";
  root.innerHTML = `
    <span class="name" id="name"></span>
    <div class="zone" role="group" aria-labelledby="name">
      <button type="button" class="choose" aria-describedby="name hint"></button><p class="drop quiet"></p>
      <p class="hint quiet" id="hint"></p>
      <input type="file" hidden>
    </div>
    <div class="file"><p></p><button type="button" class="remove"><span aria-hidden="true">×</span></button></div>
    <p class="status quiet" role="status"></p><p class="alert" role="alert"></p>`;
  parent.append(style, root);
  const upload = { root, n: null, refusal: "" };
  wire(upload);
  return upload;
}

const find = (upload, name) => upload.root.querySelector(name);

function wire(upload) {
  const input = find(upload, "input"), zone = find(upload, ".zone");
  find(upload, ".choose").onclick = () => input.click();
  input.onchange = () => {
    take(upload, input.files[0]);
    input.value = ""; // so that choosing the same file again is a change
  };
  find(upload, ".remove").onclick = () => {
    upload.refusal = "";
    upload.tell("remove", Date.now());
    find(upload, ".choose").focus();
  };
  zone.ondragover = (event) => {
    event.preventDefault();
    zone.classList.add("over");
  };
  zone.ondragleave = (event) => zone.contains(event.relatedTarget) || zone.classList.remove("over");
  zone.ondrop = (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    take(upload, event.dataTransfer.files[0]);
  };
}

function describe(upload) {
  const { root, data } = upload;
  const { words, refused } = data;
  const text = (name, sentence) => {
    const node = find(upload, name);
    if (node.textContent !== sentence) node.textContent = sentence;
  };
  root.dataset.upload = data.key;
  find(upload, "input").accept = data.accept;
  text(".name", data.label);
  text(".choose", words.choose);
  text(".drop", words.drop);
  text(".hint", fill(words.hint, { limit: size(data.limit) }));
  text(".file p", data.current);
  find(upload, ".file").hidden = !data.current;
  find(upload, ".remove").hidden = !data.removable;
  find(upload, ".remove").setAttribute("aria-label", fill(words.remove, { name: data.current }));
  text(".status", upload.n === null ? "" : words.reading);
  text(".alert", upload.refusal || (upload.n === null ? (refused ? tooBig(data, refused) : data.error) : ""));
}

// --- the file --------------------------------------------------------------------------------------------------

async function take(upload, file) {
  if (!file) return;
  upload.refusal = file.size > upload.data.limit ? tooBig(upload.data, file) : "";
  const n = upload.refusal ? null : Date.now();
  upload.n = n;
  describe(upload);
  if (n === null) return;
  const content = await file.arrayBuffer().then(base64, () => null);
  if (upload.n !== n) return; // another file was chosen meanwhile
  if (content !== null) return upload.tell("file", { name: file.name, base64: content, n });
  upload.refusal = fill(upload.data.words.unreadable, { name: file.name });
  upload.n = null;
  describe(upload);
}

// What a browser tells the server is JSON, which has no bytes.
function base64(buffer) {
  const parts = [];
  for (let at = 0; at < buffer.byteLength; at += PIECE) {
    parts.push(String.fromCharCode(...new Uint8Array(buffer.slice(at, at + PIECE))));
  }
  return btoa(parts.join(""));
}

function tooBig({ words, limit }, { name, size: count }) {
  return fill(words.too_big, { name, size: size(count), limit: size(limit) });
}

// Rounded up, so that a file one byte over the limit never reads as exactly the limit.
function size(count) {
  const [unit, name] = UNITS.find(([least]) => count >= least) ?? UNITS.at(-1);
  const digits = 10 ** Math.max(0, 2 - Math.floor(Math.log10(Math.max(1, count / unit))));
  return `${Math.ceil((count / unit) * digits - 1e-9) / digits} ${name}`;
}

function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
