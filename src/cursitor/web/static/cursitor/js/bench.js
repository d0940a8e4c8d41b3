/* The workbench. Enter saves and shows the next document at once, fetched ahead; the answer to the save confirms it or
   puts the right one in its place. If the save fails, the document comes back with its codes. */

import { ask } from "./asking.js";
import * as codes from "./bench_codes.js";
import * as reader from "./bench_reader.js";
import * as timer from "./bench_timer.js";

const FETCH_BELOW = 8;
const SIGN_OF_LIFE_MS = 180_000;

const bench = document.querySelector("[data-bench]");
const part = (name) => document.querySelector(`[data-${name}]`);
const pane = (name) => bench.querySelector(`[data-pane="${name}"]`) ?? document.querySelector(`[data-pane="${name}"]`);
const tell = (words) => (part("announcer").textContent = words);

let shown = JSON.parse(bench.dataset.facts);
let latest = JSON.parse(bench.dataset.latest);
let order = [];
let saving = null;
let fetching = false;
const ready = new Map(); // documents fetched ahead, by key
const drafts = new Map(); // codes chosen but not saved, by key of the document
const sent = new Map(); // codes saved from this page, for when they are taken back
const over = new Set(); // families saved from this page, whatever an answer that is under way still says of them

/* What is on the screen, so that it can be put back. */
const snapshot = () => ({ ...shown, reader: pane("reader").innerHTML, strip: pane("strip").innerHTML });

function show(next, values) {
  const isOtherFamily = next.family !== shown.family;
  shown = next;
  pane("reader").innerHTML = next.reader;
  pane("strip").innerHTML = next.strip;
  codes.open(next, values ?? drafts.get(next.document) ?? next.values, isOtherFamily);
  reader.open();
  timer.restart();
  ready.delete(next.document);
  hideTrouble();
  showReady();
  tell(next.heard);
}

/* The document that comes next, if it has been fetched already. */
function expected(isWholeFamily) {
  const siblings = new Set(shown.siblings);
  const key = !isWholeFamily && siblings.size ? shown.siblings[0] : order.find((pk) => pk !== shown.document && !siblings.has(pk));
  return ready.get(key);
}

function leaveFamily() {
  const members = new Set([shown.document, ...shown.siblings]);
  order = order.filter((pk) => !members.has(pk));
  over.add(shown.family);
}

async function save() {
  const wanted = shown.document;
  while (saving) await saving;
  if (shown.document !== wanted) return;
  const missing = codes.missing();
  if (missing) return;
  const left = { page: snapshot(), values: codes.read(), body: codes.body(timer.seconds()) };
  const next = expected(left.body.has("whole_family"));
  if (left.body.has("whole_family") || !shown.siblings.length) leaveFamily();
  if (next) left.body.set("ahead", next.family);
  if (next) show(next);
  else bench.classList.add("waits");
  saving = ask(codes.form.action, { method: "POST", body: left.body }).then(
    (answer) => saved(left, answer),
    (error) => notSaved(left, error),
  );
  await saving;
  saving = null;
  bench.classList.remove("waits");
}

function saved(left, answer) {
  latest = left.values;
  sent.set(left.page.document, left.values);
  drafts.delete(left.page.document);
  arrived(answer);
}

function notSaved(left, error) {
  over.delete(left.page.family);
  if (shown.document !== left.page.document) {
    drafts.set(shown.document, codes.read());
    ready.set(shown.document, snapshot());
    show(left.page, left.values);
  }
  part("failure-why").textContent = error.message;
  part("failure").hidden = false;
}

function hideTrouble() {
  part("failure").hidden = true;
  codes.forgive();
}

/* The server's word on what is shown now. What the reader has begun on the same document stays untouched. */
function arrived(answer, values) {
  if (!answer.shown) return location.assign(bench.dataset.here);
  if (answer.shown.layout !== shown.layout) return location.reload();
  over.delete(answer.shown.family);
  if (answer.shown.document !== shown.document) {
    drafts.set(shown.document, codes.read());
    show(answer.shown, values);
  } else {
    shown = answer.shown;
    pane("strip").innerHTML = answer.shown.strip;
  }
  drafts.delete(shown.document);
  pane("bar").innerHTML = answer.bar;
  part("saved").textContent = answer.saved;
  part("saved-line").hidden = false;
  part("same-as-last").hidden = !Object.keys(latest).length;
  order = order.filter((pk) => pk !== shown.document);
  document.querySelector(`[data-waiting="${shown.document}"]`)?.remove();
  showReady();
  if (ready.size < FETCH_BELOW) fetchAhead();
}

async function undo() {
  while (saving) await saving;
  drafts.set(shown.document, codes.read());
  ready.set(shown.document, snapshot());
  try {
    const answer = await ask(part("undo").formAction, { method: "POST", body: codes.body(0) });
    arrived(answer, sent.get(answer.shown?.document));
    tell(`Taken back. ${shown.heard}`);
  } catch (error) {
    ready.delete(shown.document);
    codes.say(error.message);
  }
}

async function openDocument(pk) {
  while (saving) await saving;
  drafts.set(shown.document, codes.read());
  try {
    const answer = await ask(`${bench.dataset.here}?document=${pk}`);
    if (answer.shown.document !== shown.document) show(answer.shown);
  } catch (error) {
    codes.say(error.message);
  }
}

/* Fetch what comes next until everything held for this reader is here. Each call also prolongs what is held. */
async function fetchAhead() {
  if (fetching) return;
  fetching = true;
  try {
    for (;;) {
      const query = new URLSearchParams({ family: shown.family, document: shown.document, have: [...ready.keys()].join(",") });
      const answer = await ask(`${bench.dataset.ahead}?${query}`);
      const fetched = answer.documents.filter((each) => !over.has(each.family) && each.document !== shown.document);
      const late = new Set(answer.documents.filter((each) => over.has(each.family)).map((each) => each.document));
      order = answer.order.filter((pk) => !late.has(pk) && !over.has(ready.get(pk)?.family));
      const known = new Set(order);
      for (const pk of ready.keys()) if (!known.has(pk)) ready.delete(pk);
      for (const each of fetched) ready.set(each.document, each);
      pane("queue").innerHTML = answer.queue;
      showReady();
      if (!fetched.length) break;
    }
  } catch {
    // Saving works without it, one document at a time; the save itself will say what is wrong.
  } finally {
    fetching = false;
  }
}

function showReady() {
  part("ready").textContent = ready.size;
  part("ready-line").hidden = !ready.size;
}

codes.form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter?.matches("[data-undo]")) undo();
  else save();
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-document]");
  if (link && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    openDocument(Number(link.dataset.document));
  }
  if (event.target.closest("[data-retry]")) save();
  if (event.target.closest("[data-same-as-last]")) codes.fill(latest);
  if (event.target.closest("[data-ask-opener]")) {
    event.preventDefault();
    askForm.elements.about.value = shown.number;
    part("ask").showModal();
    askForm.elements.text.focus();
  }
  if (event.target.closest("[data-ask-closer]")) {
    event.preventDefault();
    part("ask").close();
  }
});

const askForm = part("ask-form");
askForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  const wrong = part("ask-wrong");
  wrong.hidden = true;
  try {
    const answer = await ask(askForm.action, { method: "POST", body: new FormData(askForm) });
    askForm.reset();
    part("ask").close();
    codes.say(answer.said);
  } catch (error) {
    wrong.textContent = error.message;
    wrong.hidden = false;
  }
});

codes.form.addEventListener("keydown", (event) => {
  if (event.target.tagName !== "TEXTAREA") return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    save();
  }
  if (event.key === "Escape") part("scroll").focus();
});

setInterval(() => timer.isReading() && fetchAhead(), SIGN_OF_LIFE_MS);
part("same-as-last").hidden = !Object.keys(latest).length;
codes.open(shown, shown.values, true);
reader.open();
timer.restart();
part("scroll").focus({ preventScroll: true });
fetchAhead();
