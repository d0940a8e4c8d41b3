/* The coding panel. It is made once, by the server; between documents its fields are only set. */

export const form = document.querySelector("[data-codes]");
const wordsOfMissing = form.querySelector("[data-missing]");
const family = form.querySelector("[data-family-row]");
const secondReader = form.querySelector("[data-second-reader]");
let hasPrivilegeTerms = false;

const named = (name) => [...form.elements].filter((each) => each.name === name);
const fields = () => [...new Set([...form.elements].map((each) => each.name).filter((name) => name.startsWith("code-")))];

export function read() {
  const values = {};
  for (const name of fields()) {
    const controls = named(name);
    const chosen = controls.filter((each) => each.checked).map((each) => each.value);
    const key = name.slice("code-".length);
    if (controls[0].type === "radio" && chosen.length) values[key] = chosen[0];
    else if (controls[0].closest("[data-field]").matches(".flag") && chosen.length) values[key] = true;
    else if (controls[0].type === "checkbox" && chosen.length) values[key] = chosen;
    else if (controls[0].tagName === "TEXTAREA" && controls[0].value.trim()) values[key] = controls[0].value.trim();
  }
  return values;
}

export function fill(values) {
  for (const name of fields()) {
    const value = values[name.slice("code-".length)];
    for (const control of named(name)) {
      if (control.tagName === "TEXTAREA") control.value = value ?? "";
      else control.checked = value === true || value === control.value || (Array.isArray(value) && value.includes(control.value));
    }
  }
  remember();
}

export function open(document, values, isOtherFamily) {
  form.elements.family.value = document.family;
  form.elements.document.value = document.document;
  hasPrivilegeTerms = document.has_privilege_terms;
  family.hidden = document.n_codable < 2;
  family.querySelector("[data-n-codable]").textContent = document.n_codable;
  if (isOtherFamily) form.elements.whole_family.checked = false;
  if (form.contains(window.document.activeElement)) window.document.querySelector("[data-scroll]").focus({ preventScroll: true });
  fill(values);
}

export function body(seconds) {
  form.elements.seconds.value = seconds;
  return new FormData(form);
}

/* Say which required group is empty, and go to it. Returns whether one is. */
export function missing() {
  const values = read();
  for (const group of form.querySelectorAll("[data-label]")) {
    if (values[group.dataset.field] !== undefined || !isRequired(group, values)) continue;
    forgive();
    group.classList.add("missing");
    say(`${group.dataset.label} is required.`);
    (group.matches("textarea") ? group : group.querySelector("input")).focus();
    return true;
  }
  forgive();
  return false;
}

export function say(words) {
  wordsOfMissing.textContent = words;
  wordsOfMissing.hidden = false;
}

export function forgive() {
  wordsOfMissing.hidden = true;
  for (const group of form.querySelectorAll(".code-group.missing")) group.classList.remove("missing");
}

function isRequired(group, values) {
  if ("required" in group.dataset) return true;
  const rule = Object.entries(JSON.parse(group.dataset.requiredWhen || "{}"));
  return rule.length > 0 && rule.every(([field, chosen]) => [values[field]].flat().some((value) => chosen.includes(value)));
}

/* A second reader follows a basis of privilege, and whatever is responsive and hits privilege terms. */
function foretell() {
  if (!secondReader) return;
  const { privilege, responsiveness } = read();
  const hasBasis = privilege !== undefined && privilege !== "NOT_PRIVILEGED";
  secondReader.hidden = !(hasBasis || (hasPrivilegeTerms && responsiveness === "RESPONSIVE"));
}

function remember() {
  for (const control of form.querySelectorAll("input[type=radio]")) control.dataset.was = control.checked ? "on" : "";
  foretell();
}

/* Choosing what is chosen takes the choice away. */
form.addEventListener("click", (event) => {
  if (event.target.type === "radio" && event.target.dataset.was === "on") event.target.checked = false;
  if (event.target.type === "radio" || event.target.type === "checkbox") {
    remember();
    forgive();
  }
});
