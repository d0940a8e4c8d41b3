/* The palette: Ctrl K opens it, the server answers as one types, arrows walk the answers. Without script the field in
   the bar is a link to the same search as a page. */

const dialog = document.querySelector("[data-palette-dialog]");
const field = dialog?.querySelector("input");

document.addEventListener("click", (event) => {
  if (!dialog || !event.target.closest("[data-palette]")) return;
  event.preventDefault();
  dialog.showModal();
  field.select();
  field.dispatchEvent(new Event("palette-opened"));
});

dialog?.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});

dialog?.addEventListener("keydown", (event) => {
  const found = [...dialog.querySelectorAll(".palette-results a")];
  const here = found.indexOf(document.activeElement);
  if (event.key === "Enter" && here < 0 && found.length) {
    event.preventDefault();
    found[0].click();
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !found.length) return;
  event.preventDefault();
  const next = here + step;
  if (next < 0) field.focus();
  else found[Math.min(next, found.length - 1)].focus();
});
