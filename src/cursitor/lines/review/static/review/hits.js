/* The reader: J and K, and the buttons, walk the marks of the text; the current one is outlined and comes into view. */

const hits = [...document.querySelectorAll("mark[data-hit]")];
let at = -1;

const show = (place) => {
  if (!hits.length) return;
  hits[at]?.classList.remove("current");
  at = (place + hits.length) % hits.length;
  hits[at].classList.add("current");
  hits[at].scrollIntoView({ block: "center" });
  const heard = document.querySelector("[data-announcer]");
  if (heard) heard.textContent = `Hit ${at + 1} of ${hits.length}`;
};
const next = () => show(at + 1);
const previous = () => show(at < 0 ? -1 : at - 1);

document.querySelector("[data-next-hit]")?.addEventListener("click", next);
document.querySelector("[data-previous-hit]")?.addEventListener("click", previous);
for (const button of document.querySelectorAll("[data-to-hit]")) {
  const place = hits.findIndex((hit) => hit.dataset.hit === button.dataset.toHit);
  button.addEventListener("click", () => show(place));
}

const isTyping = (node) => node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName);

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.documentElement.dataset.singleKeys === "off" || document.querySelector("dialog[open]")) return;
  const step = { j: next, k: previous }[event.key];
  if (!step) return;
  event.preventDefault();
  step();
});
