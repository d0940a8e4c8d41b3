/* The keying bench. Saving shows the next record at once, fetched ahead; the answer confirms it or puts the right one in
   its place. If the save fails, the record comes back with all that was typed. Typing itself asks the server nothing. */

import { ask } from "../cursitor/js/asking.js";
import * as drafts from "./drafts.js";
import * as effort from "./effort.js";
import * as viewer from "./viewer.js";

const SIGN_OF_LIFE_MS = 180_000;

const bench = document.querySelector("[data-bench]");
const form = document.querySelector("[data-form]");
const part = (name) => document.querySelector(`[data-${name}]`);
const pane = (name) => document.querySelector(`[data-pane="${name}"]`);
const tell = (words) => (part("announcer").textContent = words);
const panel = await import(bench.classList.contains("adjudication") ? "./decisions.js" : "./fields.js");

let shown = { ...JSON.parse(bench.dataset.facts), reader: pane("reader").innerHTML, panel: pane("panel").innerHTML };
let latest = JSON.parse(bench.dataset.latest);
let order = [];
let saving = null;
let fetching = false;
let isStale = false;
const ready = new Map(); // records fetched ahead, by key
const over = new Set(); // records saved or set aside here, whatever an answer that is under way still says of them

function show(next, typed, spent) {
  const draft = drafts.get(next.record);
  shown = next;
  pane("reader").innerHTML = next.reader;
  pane("panel").innerHTML = next.panel;
  form.elements.record.value = next.record;
  effort.restart(spent ?? draft?.effort);
  viewer.open(next.regions);
  hideTrouble();
  panel.open(typed ?? draft?.typed);
  ready.delete(next.record);
  showReady();
  tell(next.heard);
}

/* A record that was saved or set aside here leaves no draft behind, even while it still stands on the screen. */
function keepDraft() {
  if (panel.hasTyped() && !over.has(shown.record)) drafts.keep(shown.record, panel.read(), effort.read());
}

function body() {
  form.elements.effort.value = JSON.stringify(effort.read());
  return new FormData(form);
}

async function save() {
  const wanted = shown.record;
  while (saving) await saving;
  if (shown.record !== wanted || !panel.isReady()) return;
  const left = { record: shown, typed: panel.read(), effort: effort.read(), body: body(), latest };
  drafts.keep(wanted, left.typed, left.effort);
  setLatest(rawOf(left.typed));
  over.add(wanted);
  order = order.filter((pk) => pk !== wanted);
  const next = ready.get(order[0]);
  if (next) left.body.set("ahead", next.record);
  if (next) show(next);
  else bench.classList.add("waits");
  saving = ask(form.action, { method: "POST", body: left.body }).then(
    (answer) => saved(left, answer),
    (error) => notSaved(left, error),
  );
  await saving;
  saving = null;
  bench.classList.remove("waits");
}

function saved(left, answer) {
  drafts.drop(left.record.record);
  arrived(answer);
}

function notSaved(left, error) {
  const hasMovedOn = shown.record !== left.record.record;
  over.delete(left.record.record);
  setLatest(left.latest);
  if (hasMovedOn) {
    keepDraft();
    ready.set(shown.record, shown);
    order.unshift(shown.record);
    show(left.record, left.typed, left.effort);
  }
  if (error.faults?.length) {
    panel.accuse(error.faults);
    say(error.message);
    // What is being typed for the next record must not fall into a field of this one.
    if (hasMovedOn) part("missing").focus();
    else panel.goToFault();
    return;
  }
  part("failure-why").textContent = error.message;
  part("failure").hidden = false;
  part("retry").focus();
}

function say(words) {
  part("missing").textContent = words;
  part("missing").hidden = false;
}

function hideTrouble() {
  part("failure").hidden = true;
  part("missing").hidden = true;
}

/* The server's word on what is shown now. What the keyer has begun on the same record stays untouched. */
function arrived(answer) {
  if (!answer.shown) return location.assign(bench.dataset.here);
  over.delete(answer.shown.record);
  if (answer.typed || answer.shown.record !== shown.record) {
    keepDraft();
    if (!answer.shown.panel) return location.assign(bench.dataset.here);
    show(answer.shown, answer.typed);
  }
  part("saved").textContent = answer.saved;
  part("saved-line").hidden = false;
  order = order.filter((pk) => pk !== shown.record);
  showReady();
  fetchAhead();
}

async function undo() {
  while (saving) await saving;
  keepDraft();
  try {
    arrived(await ask(part("undo").formAction, { method: "POST", body: body() }));
    tell(`Taken back. ${shown.heard}`);
  } catch (error) {
    say(error.message);
  }
}

/* Fetch what comes next until everything held for this keyer is here. Each call also prolongs what is held, and tells
   how far the pass is: none of this stands between a keystroke and the next record. */
async function fetchAhead() {
  isStale = true;
  if (fetching) return;
  fetching = true;
  let isMore = false;
  while (isStale || isMore) {
    // A save that is answered while this is under way makes what comes back old, or a refusal: then it is asked once more.
    isStale = false;
    // Saving works without it, one record at a time; the save itself will say what is wrong.
    isMore = await fetchSome().catch(() => false);
  }
  fetching = false;
}

/* Whether there may be more: whatever else the answer held is being saved just now, and to ask for it again would only
   stand in the save's way. */
async function fetchSome() {
  const query = new URLSearchParams({ record: shown.record, have: [...ready.keys()].join(",") });
  const answer = await ask(`${bench.dataset.ahead}?${query}`);
  order = answer.order.filter((pk) => !over.has(pk) && pk !== shown.record);
  for (const pk of ready.keys()) if (!order.includes(pk)) ready.delete(pk);
  const fetched = answer.records.filter((each) => !over.has(each.record) && each.record !== shown.record);
  for (const each of fetched) {
    ready.set(each.record, each);
    for (const image of each.images) new Image().src = image;
  }
  showReady();
  pane("bar").innerHTML = answer.bar;
  return fetched.length > 0;
}

function showReady() {
  part("ready").textContent = ready.size;
  part("ready-line").hidden = !ready.size;
}

const rawOf = (typed) => Object.fromEntries(Object.entries(typed).filter(([, each]) => !each.unreadable).map(([key, each]) => [key, each.raw]));

function setLatest(values) {
  latest = values;
  const button = part("same-as-last");
  if (button) button.hidden = !Object.keys(latest).length;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter?.matches("[data-undo]")) undo();
  else save();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens-dialog]");
  if (opener) {
    event.preventDefault();
    openDialog(opener.dataset.opensDialog);
  }
  if (event.target.closest("[data-dialog-closer]")) {
    event.preventDefault();
    event.target.closest("dialog").close();
  }
  if (event.target.closest("[data-retry]")) save();
  if (event.target.closest("[data-unreadable]")) panel.toggleUnreadable();
  if (event.target.closest("[data-same-as-last]")) panel.takeLatest(latest);
});

/* A press on these must not take the focus from the field that it is about. */
document.addEventListener("mousedown", (event) => {
  if (event.target.closest("[data-unreadable], [data-same-as-last], [data-zoom], [data-page-step]")) event.preventDefault();
});

function openDialog(name) {
  const dialog = document.querySelector(`[data-dialog="${name}"]`);
  const asked = dialog.querySelector("form");
  if (asked.elements.about) asked.elements.about.value = shown.name;
  if (asked.elements.record) asked.elements.record.value = shown.record;
  dialog.showModal();
  (asked.elements.reason ?? asked.elements.text).focus();
}

for (const asked of document.querySelectorAll("[data-dialog-form]")) {
  asked.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wrong = asked.querySelector("[data-wrong]");
    wrong.hidden = true;
    while (saving) await saving;
    try {
      const answer = await ask(asked.action, { method: "POST", body: new FormData(asked) });
      asked.reset();
      asked.closest("dialog").close();
      if (answer.said) return say(answer.said);
      over.add(shown.record);
      drafts.drop(shown.record);
      moveOn(answer);
    } catch (error) {
      wrong.textContent = error.message;
      wrong.hidden = false;
    }
  });
}

/* The record on the screen is gone: nothing of it is kept. */
function moveOn(answer) {
  if (answer.shown) show(answer.shown);
  arrived(answer);
}

part("missing").tabIndex = -1;
part("missing").addEventListener("keydown", (event) => {
  if (event.key === "Enter" || event.key === "Tab") {
    event.preventDefault();
    panel.goToFault();
  }
});

panel.listen(save, keepDraft);
setInterval(() => effort.isKeying() && fetchAhead(), SIGN_OF_LIFE_MS);
setLatest(latest);
show(shown);
fetchAhead();
