// Choosing a node or an edge: by pointer on its plate, its shape or anywhere on its line; by Tab and Enter; the arrow
// keys move to the nearest one in their direction.
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// `targets` take the pointer, `shown` look touched while it is over any of them.
function pickable(net, id, targets, shown) {
  const over = (is) => shown.forEach((node) => node.classList.toggle("over", is && isPickable(net, id)));
  for (const target of targets) {
    target.addEventListener("pointerenter", () => over(true));
    target.addEventListener("pointerleave", () => over(false));
    target.addEventListener("click", () => pick(net, id));
  }
}

function item(net, id) {
  return [...net.scene.nodes, ...net.scene.edges].find((one) => one.id === id);
}

function isPickable(net, id) {
  return Boolean(item(net, id)?.picks);
}

function pick(net, id) {
  if (isPickable(net, id)) net.tell(id);
}

// Makes a group a button, or an ornament where nothing can be picked: then the drawing's own description speaks for it.
function callable(net, group, { picks, label, value, name, id }, chosen) {
  group.classList.toggle("pick", Boolean(picks));
  group.classList.toggle("still", !picks);
  if (!picks) group.classList.remove("over");
  const said = picks ? { role: "button", tabindex: 0, "aria-label": label ?? name ?? value ?? id, "aria-pressed": chosen, "aria-hidden": null } : { role: null, tabindex: null, "aria-label": null, "aria-pressed": null, "aria-hidden": "true" };
  set(group, said);
}

function keyed(net, event) {
  const group = event.target.closest?.(".pick"), id = group?.dataset.edge ?? group?.dataset.node;
  if (!id || event.altKey || event.ctrlKey || event.metaKey) return;
  const way = WAYS[event.key];
  if (event.key === "Enter" || event.key === " ") pick(net, id);
  else if (way) nearest(net, id, way)?.focus();
  else return;
  event.preventDefault();
}

// The nearest one that way; what lies aside counts double.
function nearest(net, id, [right, down]) {
  const here = item(net, id);
  const ranked = [...net.scene.nodes, ...net.scene.edges].filter((one) => one.picks && one.id !== id).map((one) => {
    const dx = one.px - here.px, dy = one.py - here.py, ahead = dx * right + dy * down;
    return { id: one.id, ahead, cost: ahead + 2 * Math.abs(dx * down + dy * right) };
  });
  const best = ranked.filter(({ ahead }) => ahead > 1).sort((one, other) => one.cost - other.cost)[0];
  return best && net.parts.get(best.id).group;
}
