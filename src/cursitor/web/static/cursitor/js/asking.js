/* How a bench speaks with the server. */

/* Why something asked of the server was not done, in words; faults: field by field, where there are some. */
export class NotDone extends Error {
  constructor(why, faults = []) {
    super(why);
    this.faults = faults;
  }
}

/* Ask the server and return what it answers as JSON. Throws NotDone in every other case. */
export async function ask(address, options = {}) {
  const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
  let response;
  try {
    response = await fetch(address, { ...options, headers: { Accept: "application/json", "X-CSRFToken": token } });
  } catch {
    throw new NotDone("There is no connection.");
  }
  if (!response.headers.get("Content-Type")?.startsWith("application/json")) {
    throw new NotDone(response.redirected ? "You are signed out: sign in in another window." : "The server did not answer as it should.");
  }
  const answer = await response.json();
  if (!response.ok) throw new NotDone(answer.detail, answer.faults);
  return answer;
}
