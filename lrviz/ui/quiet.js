// Whether the server is at work on the page, and what shall be done once it rests; a component's PATIENCE says by when.
// A part of knob.js, stage.js and presenter.js: what a component sends into another run can be lost in it.
function isRunning() {
  return document.querySelector("[data-test-script-state]")?.dataset.testScriptState === "running";
}

function whenQuiet(then) {
  const until = performance.now() + PATIENCE;
  const look = () => (isRunning() && performance.now() < until ? requestAnimationFrame(look) : then());
  requestAnimationFrame(look);
}
