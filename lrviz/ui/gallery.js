// Cards with tiny pictures: real links, which open inside the app when they are simply pressed.
const STYLE = "%STYLE%";
const galleries = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const gallery = galleries.get(parentElement) ?? build(parentElement);
  galleries.set(parentElement, gallery);
  Object.assign(gallery, { data, open: (name) => setTriggerValue("open", name) });
  draw(gallery);
}

function build(parent) {
  parent.append(Object.assign(document.createElement("style"), { textContent: STYLE }));
  return { root: element("ul", "gallery", parent) };
}

function draw(gallery) {
  const { root, data } = gallery;
  root.dataset.gallery = data.key;
  root.setAttribute("aria-label", data.label);
  root.classList.toggle("numbered", data.numbered);
  const colours = palette(root);
  root.replaceChildren();
  const pictures = Object.fromEntries(data.cards.map((card) => [card.name, drawCard(gallery, card, colours)]));
  for (const { name, trained } of data.cards) if (trained) learn(pictures[name], name, trained, colours);
}

function drawCard(gallery, card, colours) {
  const { data, root } = gallery;
  const link = element("a", "card", element("li", "", root), { href: card.href });
  link.dataset.lesson = card.name;
  const picture = drawn(element("span", "picture", link), data.box);
  if (data.shapes[card.name]) drawShapes(picture, data.shapes[card.name], colours);
  const text = element("span", "text", link);
  element("b", "", text, { textContent: card.title });
  element("span", "claim", text, { textContent: card.claim });
  if (card.note) element("small", "", text, { textContent: card.note });
  link.onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return; // the browser's own ways to open a link
    event.preventDefault();
    gallery.open(card.name);
  };
  return picture;
}

// The pictures of real nets come from a worker.
async function learn(picture, name, trained, colours) {
  const found = await glimpsed(trained);
  if (found?.shapes[name]) drawShapes(picture, found.shapes[name], colours);
}
