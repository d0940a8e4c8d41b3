/* What was typed and not saved outlives a reload of this window, for the same person in the same pass and nobody else. */

const PREFIX = "cursitor-keying:";
const owner = document.querySelector("[data-bench]").dataset.owner;
const nameOf = (record) => `${PREFIX}${owner}:${record}`;

for (const name of Object.keys(sessionStorage)) {
  if (name.startsWith(PREFIX) && !name.startsWith(`${PREFIX}${owner}:`)) sessionStorage.removeItem(name);
}

export function get(record) {
  return JSON.parse(sessionStorage.getItem(nameOf(record)) ?? "null");
}

export function keep(record, typed, effort) {
  try {
    sessionStorage.setItem(nameOf(record), JSON.stringify({ typed, effort }));
  } catch {
    // A full store costs the draft, never the keying.
  }
}

export function drop(record) {
  sessionStorage.removeItem(nameOf(record));
}
