/* Keys. Every verb of a page carries data-key on its button or link: "e", "Shift+H", "Control+k", or a sequence
   "g o". Pressing it clicks (or, for a field, focuses) the first visible one. Single keys work only while nothing is
   being typed in and no dialog is open, and not at all when the reader has switched them off. */

const PREFIX_MS = 1200;
let prefix = "";
let prefixAt = 0;

const isTyping = (node) =>
  node.isContentEditable || (/^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName) && !/^(checkbox|radio|button|submit)$/.test(node.type));

const isVisible = (node) => node.checkVisibility({ visibilityProperty: true }) && !node.disabled;

/* Enter and Space on a control are the control's own. */
const isOwn = (event) => /^(Enter| )$/.test(event.key) && event.target.closest("a[href], button, summary, input, select");

function nameOf(event) {
  const shift = event.shiftKey && event.key.length === 1 && /[A-Z]/i.test(event.key) ? "Shift+" : "";
  const control = event.ctrlKey || event.metaKey ? "Control+" : "";
  const alt = event.altKey ? "Alt+" : "";
  const key = event.key.length === 1 ? (shift ? event.key.toUpperCase() : event.key.toLowerCase()) : event.key;
  return control + alt + shift + (key === " " ? "Space" : key);
}

function target(name) {
  const open = document.querySelector("dialog[open]");
  const scope = open ?? document;
  return [...scope.querySelectorAll(`[data-key="${CSS.escape(name)}"]`)].find(isVisible);
}

function press(node) {
  if (/^(TEXTAREA|SELECT)$/.test(node.tagName) || (node.tagName === "INPUT" && isTyping(node))) node.focus();
  else (node.control ?? node).click(); // a label would take the focus along
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const name = nameOf(event);
  const isCommand = name.startsWith("Control+") || name.startsWith("Alt+");
  if (!isCommand) {
    if (isOwn(event) || (isTyping(event.target) && event.key !== "Escape")) return;
    if (document.documentElement.dataset.singleKeys === "off" && event.key.length === 1) return;
  }
  if (name === "Control+/") {
    event.preventDefault();
    return showKeys();
  }
  const sequence = Date.now() - prefixAt < PREFIX_MS && prefix ? `${prefix} ${name}` : "";
  prefix = "";
  const found = (sequence && target(sequence)) || target(name);
  if (found) {
    event.preventDefault();
    press(found);
  } else if (!isCommand && document.querySelector(`[data-key^="${CSS.escape(name)} "]`)) {
    prefix = name;
    prefixAt = Date.now();
  }
});

/* Ctrl / lists the keys that work on this page, with the words of the thing each one presses. */
function showKeys() {
  const dialog = document.querySelector("[data-keys-dialog]");
  if (!dialog || dialog.open) return;
  const list = dialog.querySelector(".keys-list");
  list.replaceChildren();
  for (const node of document.querySelectorAll("[data-key]")) {
    if (!isVisible(node)) continue;
    const key = document.createElement("kbd");
    key.textContent = shown(node.dataset.key);
    const words = document.createElement("span");
    words.textContent = node.dataset.keyWords || node.getAttribute("aria-label") || node.title || node.textContent.trim();
    list.append(key, words);
  }
  dialog.showModal();
}

function shown(key) {
  const named = key.replace("Control+", "Ctrl ").replace("Shift+", "Shift ").replace("Alt+", "Alt ").replace("Escape", "Esc");
  return named.split(" ").map((part) => (part.length === 1 ? part.toUpperCase() : part)).join(" ");
}

/* Tell assistive technology which keys there are; sequences have no form in ARIA. */
function announce(root) {
  for (const node of root.querySelectorAll("[data-key]")) {
    if (!node.dataset.key.includes(" ")) node.setAttribute("aria-keyshortcuts", node.dataset.key);
  }
}
announce(document);
document.addEventListener("htmx:load", (event) => announce(event.target));
