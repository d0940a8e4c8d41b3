/* Lists: J and K walk the rows of the first list, / goes to its filter. A row is [data-row] with one main link. */

const links = () =>
  [...document.querySelectorAll("[data-list] [data-row]")].map((row) => row.querySelector("a, button")).filter((link) => link?.checkVisibility());

const isTyping = (node) => node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName);

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.documentElement.dataset.singleKeys === "off" || document.querySelector("dialog[open]")) return;
  if (event.key === "/") {
    const filter = document.querySelector("[data-filter]");
    if (filter) {
      event.preventDefault();
      filter.focus();
    }
    return;
  }
  const step = { j: 1, k: -1 }[event.key];
  const rows = step ? links() : [];
  if (!rows.length) return;
  event.preventDefault();
  const row = document.activeElement.closest?.("[data-row]");
  const here = rows.findIndex((link) => row?.contains(link));
  const next = rows[here < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(here + step, 0), rows.length - 1)];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
});
