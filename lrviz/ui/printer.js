// A button that prints the page, and what makes the page small enough for one sheet.
const STYLE = "%STYLE%";
const SHEET = (297 - 2 * 12) * (96 / 25.4) - 4; // px of A4 within worksheet.css's margins, and a little room
const GAP = 16; // px that Streamlit leaves between the parts of a page on paper, whatever it leaves on the screen
const SMALLEST = 0.6;
const buttons = new WeakMap();

export default function ({ data, parentElement }) {
  const button = buttons.get(parentElement) ?? build(parentElement);
  buttons.set(parentElement, button);
  button.textContent = data.label;
  addEventListener("beforeprint", fit);
  return () => removeEventListener("beforeprint", fit);
}

function build(parent) {
  const button = Object.assign(document.createElement("button"), { type: "button" });
  button.onclick = () => window.print();
  parent.append(Object.assign(document.createElement("style"), { textContent: STYLE }), button);
  return button;
}

function fit() {
  const sheet = document.querySelector("[data-testid=stMainBlockContainer] > [data-testid=stVerticalBlock]");
  const bar = document.querySelector(".st-key-sheet-bar");
  const parts = [...sheet.children].filter((part) => !part.contains(bar));
  const heights = parts.map((part) => part.getBoundingClientRect().height).filter((height) => height > 0);
  const height = heights.reduce((sum, height) => sum + height + GAP, 0);
  const share = Math.min(1, Math.max(SMALLEST, SHEET / height));
  document.documentElement.style.setProperty("--fit", share);
  document.documentElement.dataset.fit = share.toFixed(2);
}
