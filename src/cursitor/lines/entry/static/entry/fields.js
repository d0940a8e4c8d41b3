/* The fields of a record. Enter goes on, from the last field it saves; what the machine read counts once it was
   confirmed. What is told on leaving a field are hints; whether a record may be saved is the server's to say. */

import * as effort from "./effort.js";
import * as viewer from "./viewer.js";

const panel = document.querySelector('[data-pane="panel"]');
const WRITTEN = new Set(["DATE", "MONEY", "INTEGER", "DECIMAL"]);
const rows = () => [...panel.querySelectorAll("[data-field]")];
const rowOf = (node) => node.closest?.("[data-field]");
const value = (row) => row.querySelector("[data-value]");
const box = (row, name) => row.querySelector(`[data-${name}]`);
let current = null;
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
    if (before) fill(row, before);
    paint(row);
  }
  go(rows().find((row) => !value(row).value || isGuess(row)) ?? rows()[0]);
}

function fill(row, before) {
  value(row).value = before.raw ?? "";
  box(row, "flag").checked = Boolean(before.unreadable);
  if (box(row, "touched")) box(row, "touched").checked = Boolean(before.touched ?? before.prefilled);
}

export function read() {
  const typed = {};
  for (const row of rows()) {
    typed[row.dataset.field] = {
      raw: value(row).value,
      unreadable: box(row, "flag").checked,
      touched: Boolean(box(row, "touched")?.checked),
    };
  }
  return typed;
}

export const hasTyped = () => rows().some((row) => value(row).value !== (row.dataset.guess ?? "") || box(row, "flag").checked);

/* Say what hinders saving, and go there. Returns whether nothing does. */
export function isReady() {
  const found = rows().find((row) => complaint(row) || isWarned(row));
  if (!found) return true;
  const words = complaint(found);
  if (words) tell(found, words);
  go(found);
  return false;
}

/* The server's word on what was sent. */
export function accuse(faults) {
  for (const fault of faults) {
    const row = rows().find((each) => each.dataset.field === fault.field);
    if (!row) continue;
    const isWarning = fault.severity === "WARNING";
    box(row, "confirm").disabled = !isWarning;
    tell(row, isWarning ? `${fault.sentence} Enter: it stands as typed.` : fault.sentence);
  }
}

export const goToFault = () => go(rows().find((row) => box(row, "fault").textContent) ?? rows()[0]);

export function takeLatest(latest) {
  if (!current || latest[current.dataset.field] === undefined) return;
  value(current).value = latest[current.dataset.field];
  changed(current);
  goOn();
}

export function toggleUnreadable() {
  if (!current) return;
  const flag = box(current, "flag");
  flag.checked = !flag.checked;
  changed(current);
  if (flag.checked) goOn();
  else go(current);
}

const isGuess = (row) => row.dataset.guess !== undefined && !box(row, "touched").checked;
const isWarned = (row) => !box(row, "confirm").disabled && !box(row, "confirm").checked;

function complaint(row) {
  const text = value(row).value.trim();
  const { name, required, min, max, pattern, type } = row.dataset;
  if (isGuess(row)) return "Read by machine: compare it with the page, then Enter.";
  if (box(row, "flag").checked) return "";
  if (!text) return required === undefined ? "" : `${name} is required; flag it if it cannot be read.`;
  if (WRITTEN.has(type) && !/\d/.test(text)) return `${name} holds no digit.`;
  if (min && text.length < Number(min)) return `${name} has ${text.length} characters, at least ${min} are needed.`;
  if (max && text.length > Number(max)) return `${name} has ${text.length} characters, at most ${max} are allowed.`;
  if (pattern && !WRITTEN.has(type) && !fits(pattern, text)) return `${name} does not have the form ${pattern}.`;
  return "";
}

/* The server's expressions are of another dialect: one that this browser does not know is left to the server. */
function fits(pattern, text) {
  try {
    return new RegExp(pattern, "u").test(text);
  } catch {
    return true;
  }
}

function tell(row, words) {
  box(row, "fault").textContent = words;
  box(row, "hint").hidden = Boolean(words);
  value(row).setAttribute("aria-invalid", words ? "true" : "false");
  row.classList.toggle("wrong", Boolean(words));
}

function paint(row) {
  row.classList.toggle("guessed", isGuess(row));
  const words = box(row, "guess-words");
  if (words) words.textContent = (isGuess(row) ? "" : "compared; ") + words.textContent.replace("compared; ", "");
  row.classList.toggle("unreadable", box(row, "flag").checked);
}

function changed(row) {
  if (box(row, "touched")) box(row, "touched").checked = true;
  box(row, "confirm").checked = false;
  box(row, "confirm").disabled = true;
  tell(row, "");
  paint(row);
  callTyped();
}

/* Enter says: this is what stands there. */
function confirm(row) {
  if (isGuess(row)) changed(row);
  if (isWarned(row)) {
    box(row, "confirm").checked = true;
    tell(row, "");
  }
}

function go(row) {
  if (!row) return;
  const control = value(row);
  control.focus();
  control.select?.();
  row.scrollIntoView({ block: "nearest" });
}

function goOn(by = 1) {
  const found = rows();
  const next = found[found.indexOf(current) + by];
  if (next) go(next);
  else if (by > 0) callSave();
}

panel.addEventListener("focusin", (event) => {
  const row = rowOf(event.target);
  if (!row || row === current) return;
  current?.classList.remove("on");
  current = row;
  row.classList.add("on");
  effort.at(row.dataset.field);
  viewer.point(row.dataset.field);
});

panel.addEventListener("focusout", (event) => {
  const row = rowOf(event.target);
  if (!row || row.contains(event.relatedTarget) || isGuess(row) || isWarned(row)) return;
  if (value(row).value.trim()) tell(row, complaint(row));
});

panel.addEventListener("input", (event) => {
  const row = rowOf(event.target);
  if (event.target.matches("[data-value], [data-flag]")) changed(row);
});

panel.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const row = rowOf(event.target);
  if (!row || (event.target.tagName === "TEXTAREA" && !event.shiftKey && !isGuess(row) && !isWarned(row))) return;
  event.preventDefault();
  if (event.shiftKey) return goOn(-1);
  confirm(row);
  goOn();
});
