/* The pages: as wide as the pane or larger, moved by the arrows, and the place of the current field in view. */

const ZOOMS = [0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3, 4];
const STEP = 0.2; // of the pane, for one press of an arrow
const MARGIN = 0.008; // of the page, around the place of a field
const pane = document.querySelector('[data-pane="reader"]');
const one = (name) => pane.querySelector(`[data-${name}]`);
let zoom = 1;
let regions = {};

export function open(places) {
  regions = places;
  show();
  one("scroll").scrollTo(0, 0);
  one("scroll").addEventListener("scroll", sayPage, { passive: true });
}

export function point(field) {
  for (const mark of pane.querySelectorAll("[data-region]")) mark.hidden = true;
  const [page, x, y, w, h] = regions[field] ?? [];
  const sheet = page && pane.querySelector(`[data-page="${page}"]`);
  if (!sheet) return;
  const mark = sheet.querySelector("[data-region]");
  const sides = { left: x - MARGIN, top: y - MARGIN, width: w + 2 * MARGIN, height: h + 2 * MARGIN };
  for (const [side, share] of Object.entries(sides)) mark.style[side] = `${share * 100}%`;
  mark.hidden = false;
  bring(mark);
}

/* Scroll no more than needed: a page that jumps with each field is hard to read. */
function bring(mark) {
  const scroll = one("scroll");
  const seen = scroll.getBoundingClientRect();
  const box = mark.getBoundingClientRect();
  const isIn = box.top >= seen.top && box.bottom <= seen.bottom && box.left >= seen.left && box.right <= seen.right;
  if (isIn) return;
  scroll.scrollBy(Math.min(box.left - seen.left - seen.width * 0.1, box.left - seen.left), box.top - seen.top - seen.height * 0.35);
}

function setZoom(to) {
  const scroll = one("scroll");
  const share = (scroll.scrollTop + scroll.clientHeight / 2) / scroll.scrollHeight;
  zoom = to;
  show();
  scroll.scrollTop = share * scroll.scrollHeight - scroll.clientHeight / 2;
}

function show() {
  one("pages").style.width = `${zoom * 100}%`;
  one("zoom-words").textContent = `${Math.round(zoom * 100)} %`;
}

function step(by) {
  const at = ZOOMS.indexOf(zoom) + by;
  if (ZOOMS[at]) setZoom(ZOOMS[at]);
}

const sheets = () => [...pane.querySelectorAll("[data-page]")];

/* The page that covers the upper third of the pane is the one being looked at. */
function current() {
  const seen = one("scroll").getBoundingClientRect();
  const line = seen.top + seen.height / 3;
  return Math.max(0, sheets().findLastIndex((sheet) => sheet.getBoundingClientRect().top <= line));
}

function sayPage() {
  const words = one("page-words");
  if (words) words.textContent = `page ${current() + 1} of ${sheets().length}`;
}

function turn(by) {
  sheets()[current() + by]?.scrollIntoView();
}

function pan(key) {
  const scroll = one("scroll");
  const across = { ArrowLeft: -1, ArrowRight: 1 }[key] ?? 0;
  const down = { ArrowUp: -1, ArrowDown: 1 }[key] ?? 0;
  scroll.scrollBy(across * STEP * scroll.clientWidth, down * STEP * scroll.clientHeight);
}

const zooms = { in: () => step(1), out: () => step(-1), fit: () => setZoom(1) };

pane.addEventListener("click", (event) => {
  const button = event.target.closest("[data-zoom]");
  if (button) zooms[button.dataset.zoom]();
  const turner = event.target.closest("[data-page-step]");
  if (turner) turn(Number(turner.dataset.pageStep));
});

document.addEventListener("keydown", (event) => {
  if (event.altKey && !event.ctrlKey && event.key.startsWith("Arrow")) {
    event.preventDefault();
    pan(event.key);
  }
});

pane.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || !event.target.matches("[data-scroll]")) return;
  const act = { "+": zooms.in, "=": zooms.in, "-": zooms.out, 0: zooms.fit }[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});
