// Tiny pictures: paths in a box, in the colours of the theme. A part of several scripts.
const SVG = "http://www.w3.org/2000/svg";
const glimpses = {}; // what a worker trained, each asked for once a page

function drawn(parent, box) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", `0 0 ${box[0]} ${box[1]}`);
  picture.setAttribute("aria-hidden", "true");
  parent.append(picture);
  return picture;
}

function drawShapes(picture, shapes, colours) {
  picture.replaceChildren(...shapes.map((shape) => made(shape, colours)));
}

function made({ d, color, width, opacity, dash }, colours) {
  const path = document.createElementNS(SVG, "path");
  const paint = colour(color, colours);
  path.setAttribute("d", d);
  path.setAttribute("fill", width ? "none" : paint);
  if (width) {
    path.setAttribute("stroke", paint);
    path.setAttribute("stroke-width", width);
    path.setAttribute("stroke-linecap", "round");
    path.setAttribute("stroke-linejoin", "round");
  }
  if (dash) path.setAttribute("stroke-dasharray", dash);
  if (opacity !== 1) path.setAttribute("opacity", opacity);
  return path;
}

function glimpsed(name) {
  glimpses[name] ??= fetch(new URL(`api/glimpse/${name}`, document.baseURI))
    .then((answer) => (answer.ok ? answer.json() : null))
    .catch(() => null);
  return glimpses[name];
}
