/* The document: excerpts or whole text or page, hits one after the other, and the strip that shows where they lie. */

const pane = document.querySelector('[data-pane="reader"]');
const inPane = (selector) => pane.querySelector(selector);
let mode = "excerpts";
let current = 0;

export function open() {
  current = 0;
  unmark();
  const total = nHits();
  if (total) inPane("[data-hit-count]").textContent = `${total} hit${total === 1 ? "" : "s"}`;
  setMode(mode === "page" ? "excerpts" : mode);
  inPane("[data-scroll]").scrollTop = 0;
  inPane("[data-scroll]").addEventListener("scroll", showPlace, { passive: true });
  showPlace();
}

function setMode(wanted) {
  mode = wanted;
  const scroll = inPane("[data-scroll]");
  const article = inPane(".doc");
  scroll.querySelector("iframe")?.remove();
  article.hidden = mode === "page";
  if (mode === "page") {
    const frame = document.createElement("iframe");
    frame.src = inPane('[data-mode="page"]').href;
    frame.title = "Page of the document";
    scroll.append(frame);
  }
  for (const gap of inPane("[data-lines]").querySelectorAll(".gap")) gap.open = mode === "whole";
  for (const each of pane.querySelectorAll("[data-mode]")) each.setAttribute("aria-pressed", String(each.dataset.mode === mode));
  showPlace();
}

const nHits = () => Number([...pane.querySelectorAll("mark[data-hit]")].at(-1)?.dataset.hit ?? 0);

function unmark() {
  for (const each of pane.querySelectorAll(".current, .has-current, .on")) each.classList.remove("current", "has-current", "on");
}

function goTo(number) {
  const total = nHits();
  if (!total) return;
  if (mode === "page") setMode("excerpts");
  current = ((number - 1 + total) % total) + 1;
  unmark();
  const marks = pane.querySelectorAll(`mark[data-hit="${current}"]`);
  for (const mark of marks) {
    mark.classList.add("current");
    mark.closest(".line").classList.add("has-current");
  }
  marks[0].scrollIntoView({ block: "center" });
  const words = `hit ${current} of ${total}`;
  inPane("[data-hit-count]").textContent = words;
  document.querySelector("[data-announcer]").textContent = words;
  for (const set of pane.querySelectorAll("[data-set]")) set.classList.toggle("on", set.dataset.set === marks[0].title);
}

/* Space: unfold the first gap on the screen, or else read on. */
function readOn() {
  const scroll = inPane("[data-scroll]");
  const { top, bottom } = scroll.getBoundingClientRect();
  const gaps = [...pane.querySelectorAll(".gap:not([open])")];
  const gap = gaps.find((each) => {
    const box = each.getBoundingClientRect();
    return box.bottom <= bottom && box.top >= top;
  });
  const isAtEnd = scroll.scrollTop + scroll.clientHeight >= scroll.scrollHeight - 2;
  if (gap && (isAtEnd || gap.getBoundingClientRect().top < top + scroll.clientHeight * 0.75)) gap.open = true;
  else scroll.scrollBy({ top: scroll.clientHeight * 0.85 });
  showPlace();
}

/* The part of the text that is on the screen, by the numbers of its first and last visible line. */
function showPlace() {
  const seen = inPane(".hit-strip .seen");
  const lines = [...pane.querySelectorAll(".line")];
  if (!lines.length || mode === "page") return seen.setAttribute("height", 0);
  const { top, bottom } = inPane("[data-scroll]").getBoundingClientRect();
  const visible = lines.filter((line) => line.checkVisibility());
  const first = visible.find((line) => line.getBoundingClientRect().bottom > top) ?? visible.at(-1);
  const last = visible.findLast((line) => line.getBoundingClientRect().top < bottom) ?? visible[0];
  const share = (line, more) => ((Number(line.dataset.n) - 1 + more) / lines.length) * 100;
  seen.setAttribute("y", `${share(first, 0)}%`);
  seen.setAttribute("height", `${Math.max(share(last, 1) - share(first, 0), 0)}%`);
}

document.addEventListener("click", (event) => {
  const step = event.target.closest("[data-hit-step]");
  if (step) goTo(current + Number(step.dataset.hitStep) || (Number(step.dataset.hitStep) < 0 ? nHits() : 1));
  const set = event.target.closest("[data-hit-first]");
  if (set) goTo(Number(set.dataset.hitFirst));
  const choice = event.target.closest("[data-mode]");
  if (choice) {
    event.preventDefault();
    setMode(choice.dataset.mode);
  }
  if (event.target.closest("[data-read-on]")) readOn();
  // A click by hand leaves the focus where reading goes on, so that Enter saves.
  if ((step || set || choice) && event.detail) inPane("[data-scroll]").focus({ preventScroll: true });
});
