/* What keying a record took: seconds, keystrokes, and seconds without a key. The keyer sees what is counted. */

const IDLE_MS = 30_000;
const part = (name) => document.querySelector(`[data-${name}]`);
const QUIET = new Set(["Shift", "Control", "Alt", "Meta", "CapsLock", "AltGraph", "Dead"]);
let spent, touched, field;

const fresh = () => ({ seconds: 0, idle_seconds: 0, keystrokes: 0, by_field: {} });
const words = (n) => (n < 60 ? `${n} s` : `${Math.floor(n / 60)} m ${n % 60} s`);

export const read = () => structuredClone(spent);
export const isKeying = () => document.visibilityState === "visible" && Date.now() - touched < IDLE_MS;

export function restart(before) {
  spent = before ?? fresh();
  touched = Date.now();
  field = "";
  show();
}

export function at(name) {
  field = name;
}

function ofField() {
  spent.by_field[field] ??= { keystrokes: 0, seconds: 0 };
  return spent.by_field[field];
}

function show() {
  part("timer").textContent = words(spent.seconds);
  part("strokes").textContent = spent.keystrokes.toLocaleString("en");
  part("idle").textContent = words(spent.idle_seconds);
  part("idle-line").hidden = !spent.idle_seconds;
}

document.addEventListener(
  "keydown",
  (event) => {
    if (QUIET.has(event.key)) return;
    touched = Date.now();
    spent.keystrokes += 1;
    if (field) ofField().keystrokes += 1;
  },
  { capture: true },
);

setInterval(() => {
  if (isKeying()) {
    spent.seconds += 1;
    if (field) ofField().seconds += 1;
  } else spent.idle_seconds += 1;
  show();
}, 1000);
restart();
part("timer-line").hidden = false;
