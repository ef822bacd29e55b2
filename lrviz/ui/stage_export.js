// The pictures as they stand now, as one PNG: contour and 3-D surface above, loss and names below.
const SHARPNESS = 2;

async function downloadStage(stage) {
  const { map, solid, curve, scene, colours } = stage;
  if (!scene || !map.area) return;
  const beside = solid.signature && solid.plot.clientWidth && solid.plot.clientHeight ? [solid] : [];
  const width = map.box.clientWidth + (beside[0]?.box.clientWidth ?? 0), height = map.box.clientHeight + curve.box.clientHeight;
  const canvas = Object.assign(document.createElement("canvas"), { width: width * SHARPNESS, height: height * SHARPNESS });
  const pen = canvas.getContext("2d");
  pen.scale(SHARPNESS, SHARPNESS);
  pen.fillStyle = colours.background;
  pen.fillRect(0, 0, width, height);
  await copied(pen, map, 0, 0);
  for (const one of beside) await copied(pen, one, map.box.clientWidth, 0);
  await copied(pen, curve, 0, map.box.clientHeight);
  listNames(pen, stage, curve.box.clientWidth + 16, map.box.clientHeight + 16);
  element("a", "", document.createElement("div"), { href: canvas.toDataURL("image/png"), download: `${scene.message.filename}.png` }).click();
}

async function copied(pen, { plot, top, ink }, x, y) {
  const { clientWidth: width, clientHeight: height } = plot;
  const image = new Image();
  image.src = await window.Plotly.toImage(plot, { format: "png", scale: SHARPNESS, width, height });
  await image.decode();
  pen.drawImage(image, x, y, width, height);
  for (const { canvas } of [ink, top].filter(Boolean)) pen.drawImage(canvas, x, y, width, height);
}

function listNames(pen, { scene, colours, font }, x, y) {
  Object.assign(pen, { font, textBaseline: "middle", textAlign: "left" });
  scene.tracks.forEach((track, index) => {
    dot(pen, x, y + 18 * index, 5, colour(track.color, colours), colours.background);
    pen.fillStyle = colours.text;
    pen.fillText(track.name, x + 12, y + 18 * index);
  });
}
