/* Shows how long this unit has been open. The time that counts is taken by the server. */

const node = document.querySelector("[data-since]");
const opened = node ? Date.parse(node.dataset.since) : 0;

function show() {
  const seconds = Math.max(0, Math.round((Date.now() - opened) / 1000));
  node.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
if (node) {
  show();
  setInterval(show, 1000);
}
