/* The differences of a record. Nothing is chosen beforehand; 1 and 2 take a reading, 3 is typed, 4 cannot be read. */

import * as effort from "./effort.js";
import * as viewer from "./viewer.js";

const panel = document.querySelector('[data-pane="panel"]');
const rows = () => [...panel.querySelectorAll("[data-field]")];
const rowOf = (node) => node.closest?.("[data-field]");
const chosen = (row) => row.querySelector("input[type=radio]:checked")?.value ?? "";
const box = (row, name) => row.querySelector(`[data-${name}]`);
let current = null;
let pressed = "";
let callSave = () => {};
let callTyped = () => {};

export function listen(save, typed) {
  callSave = save;
  callTyped = typed;
}

export function open(typed) {
  current = null;
  for (const row of rows()) {
    const before = typed?.[row.dataset.field];
    if (before?.choice) row.querySelector(`[value="${CSS.escape(before.choice)}"]`).checked = true;
    if (before?.choice === "OWN") box(row, "own").value = before.raw ?? "";
    compare(row);
  }
  go(nextOpen() ?? rows()[0]);
}

export function read() {
  return Object.fromEntries(rows().map((row) => [row.dataset.field, { choice: chosen(row), raw: box(row, "own").value }]));
}

export const hasTyped = () => rows().some((row) => chosen(row) || box(row, "own").value);
export const takeLatest = () => {};
export const toggleUnreadable = () => {};

export function isReady() {
  const left = rows().find((row) => complaint(row) || isWarned(row));
  if (!left) return true;
  if (complaint(left)) tell(left, complaint(left));
  go(left);
  return false;
}

export function accuse(faults) {
  for (const fault of faults) {
    const row = rows().find((each) => each.dataset.field === fault.field);
    if (!row) continue;
    const isWarning = fault.severity === "WARNING";
    box(row, "confirm").disabled = !isWarning;
    tell(row, isWarning ? `${fault.sentence} Enter: it stands as decided.` : fault.sentence);
  }
}

export const goToFault = () => go(rows().find((row) => box(row, "fault").textContent) ?? rows()[0]);

const isWarned = (row) => !box(row, "confirm").disabled && !box(row, "confirm").checked;
const nextOpen = () => {
  const found = rows();
  const at = Math.max(0, found.indexOf(current));
  return [...found.slice(at), ...found.slice(0, at)].find((row) => !chosen(row));
};

function complaint(row) {
  if (!chosen(row)) return `${row.dataset.name} is still to be decided.`;
  if (chosen(row) === "OWN" && !box(row, "own").value.trim()) return "Type what it reads, or choose another.";
  return "";
}

function tell(row, words) {
  box(row, "fault").textContent = words;
  row.classList.toggle("wrong", Boolean(words));
}

/* Mark where two readings part: what they begin and end with alike is left plain. */
function compare(row) {
  const [one, other] = [...row.querySelectorAll("[data-typed]")];
  if (!one || !other) return;
  const [a, b] = [[...one.textContent], [...other.textContent]];
  let head = 0;
  while (head < Math.min(a.length, b.length) && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(a.length, b.length) - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1;
  for (const [node, letters] of [[one, a], [other, b]]) {
    const middle = document.createElement("mark");
    middle.textContent = letters.slice(head, letters.length - tail).join("");
    node.replaceChildren(letters.slice(0, head).join(""), middle, letters.slice(letters.length - tail).join(""));
  }
}

function go(row) {
  if (!row) return;
  (chosen(row) === "OWN" ? box(row, "own") : row).focus();
  row.scrollIntoView({ block: "nearest" });
}

function goOn() {
  const next = nextOpen() ?? rows().find(isWarned);
  if (next) go(next);
  else document.querySelector("[data-save]").focus();
}

/* The digits belong to the difference that has the focus. */
function enter(row) {
  for (const label of panel.querySelectorAll("label[data-key]")) {
    delete label.dataset.key;
    label.removeAttribute("aria-keyshortcuts");
  }
  for (const label of row.querySelectorAll("label[data-choice]")) {
    label.dataset.key = label.dataset.choice;
    label.setAttribute("aria-keyshortcuts", label.dataset.choice);
  }
  current?.classList.remove("on");
  current = row;
  row.classList.add("on");
  effort.at(row.dataset.field);
  viewer.point(row.dataset.field);
}

panel.addEventListener("focusin", (event) => {
  const row = rowOf(event.target);
  if (row && row !== current) enter(row);
});

panel.addEventListener("input", (event) => {
  const row = rowOf(event.target);
  if (event.target.matches("[data-own]")) row.querySelector('[value="OWN"]').checked = true;
  settle(row);
});

panel.addEventListener("change", (event) => {
  if (event.target.type !== "radio") return;
  const row = rowOf(event.target);
  settle(row);
  if (event.target.value === "OWN") box(row, "own").focus();
  else if (/^[124]$/.test(pressed)) goOn();
});

function settle(row) {
  box(row, "confirm").checked = false;
  box(row, "confirm").disabled = true;
  tell(row, "");
  callTyped();
}

document.addEventListener("keydown", (event) => (pressed = event.key), { capture: true });

panel.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const row = rowOf(event.target);
  if (!row) return;
  event.preventDefault();
  if (isWarned(row)) {
    box(row, "confirm").checked = true;
    tell(row, "");
  }
  if (rows().some((each) => complaint(each) || isWarned(each))) goOn();
  else callSave();
});
