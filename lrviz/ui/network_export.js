// The drawing as it stands now, as an SVG or PNG file.
const SHARPNESS = 2;

function picture(net) {
  const { svg, width, colours } = net, height = svg.clientHeight;
  const copy = svg.cloneNode(true);
  for (const node of copy.querySelectorAll(".hit, .ring")) node.remove();
  for (const node of copy.querySelectorAll("[tabindex]")) node.removeAttribute("tabindex");
  set(copy, { xmlns: SVG, width, height, viewBox: `0 0 ${width} ${height}`, "font-family": getComputedStyle(svg).fontFamily });
  copy.prepend(drawn("rect", copy, { width, height, fill: colours.background }));
  return new XMLSerializer().serializeToString(copy);
}

function downloadSvg(net) {
  save(net, "svg", URL.createObjectURL(new Blob([picture(net)], { type: "image/svg+xml" })));
}

async function downloadPng(net) {
  const { width } = net, height = net.svg.clientHeight;
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(picture(net))}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: width * SHARPNESS, height: height * SHARPNESS });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  save(net, "png", canvas.toDataURL("image/png"));
}

function save(net, format, href) {
  Object.assign(document.createElement("a"), { href, download: `${net.data.filename}.${format}` }).click();
  if (href.startsWith("blob:")) setTimeout(() => URL.revokeObjectURL(href), 10_000);
}
