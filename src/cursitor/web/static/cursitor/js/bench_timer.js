/* Seconds spent on the document. They stop while nobody reads: the page is hidden, or nothing was touched for a minute. */

const IDLE_MS = 60_000;
const words = document.querySelector("[data-timer]");
const paused = document.querySelector("[data-paused]");
let spent = 0;
let touched = Date.now();

export const seconds = () => spent;
export const isReading = () => document.visibilityState === "visible" && Date.now() - touched < IDLE_MS;

export function restart() {
  spent = 0;
  touched = Date.now();
  show();
}

function show() {
  words.textContent = spent < 60 ? `${spent} s` : `${Math.floor(spent / 60)} m ${spent % 60} s`;
  paused.hidden = isReading();
}

for (const kind of ["keydown", "pointerdown", "pointermove", "wheel"]) {
  document.addEventListener(kind, () => (touched = Date.now()), { passive: true });
}

setInterval(() => {
  if (isReading()) spent += 1;
  show();
}, 1000);
document.querySelector("[data-timer-line]").hidden = false;
