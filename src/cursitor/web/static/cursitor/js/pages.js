/* Small things every page has: the local time, the theme before it is saved, errors that take the focus, going back. */

const announcer = document.querySelector("[data-announcer]");

function tell(words) {
  if (announcer) announcer.textContent = words;
}

function showTime() {
  for (const node of document.querySelectorAll("[data-clock]")) {
    const parts = node.textContent.split(" ");
    const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: node.dataset.clock });
    node.textContent = [time.format(new Date()), ...parts.slice(1)].join(" ");
  }
}
setInterval(showTime, 30_000);

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-theme-choice]")) document.documentElement.dataset.theme = event.target.value.toLowerCase();
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});

document.addEventListener("click", (event) => {
  const back = event.target.closest("[data-back]");
  if (back && document.referrer.startsWith(location.origin)) {
    event.preventDefault();
    history.back();
  }
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
  const copied = event.target.closest("[data-copies]");
  if (copied) navigator.clipboard?.writeText(copied.dataset.copies).then(() => tell("Copied"));
});

document.addEventListener("submit", (event) => {
  const words = event.target.dataset.confirms;
  if (words && !window.confirm(words)) event.preventDefault();
});

document.querySelector("[data-errors]")?.focus();

document.addEventListener("htmx:sendError", () => tell("No connection. What you typed is still here."));
document.addEventListener("htmx:responseError", () => tell("This did not work, and nothing was changed. Try again."));

/* allauth's passkey script tells here what the browser refused. */
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const words = document.querySelector("[data-passkey-error]");
  if (words) words.hidden = false;
});
