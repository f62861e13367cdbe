/** Carries out operations over HTTP, as whoever is signed in. */
import { Refused, type Problem } from "./api";

const TIMEOUT_MS = 120_000;

export async function call<Answer>(operation: string, input: object = {}): Promise<Answer> {
  let response = await send(operation, input);
  // The browser was signed in anew meanwhile, perhaps in another tab: this page is of the session before.
  if (response.status === 403 && (await learnSession())) response = await send(operation, input);
  const text = await response.text();
  if (response.ok) return (text ? JSON.parse(text) : null) as Answer;
  let problem: Problem = { code: String(response.status), what: response.statusText || "that did not work" };
  try {
    problem = { ...problem, ...JSON.parse(text) };
  } catch {
    // What answered was not Mosaic's API; the status is all there is to say.
  }
  throw new Refused(problem);
}

async function send(operation: string, input: object): Promise<Response> {
  return fetch(`/api/call/${operation}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Mosaic-CSRF": document.body.dataset.csrf ?? "" },
    body: JSON.stringify(input),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => {
    throw new Refused({ code: "unreachable", what: "Mosaic does not answer", hint: "Does `mosaic run` still serve?" });
  });
}

/** Ask what shows that this page is of the session; whether that is another thing than before. */
async function learnSession(): Promise<boolean> {
  const answer = await fetch("/api/session").catch(() => null);
  const csrf = answer?.ok ? ((await answer.json()) as { csrf?: string }).csrf : undefined;
  if (!csrf || csrf === document.body.dataset.csrf) return false;
  document.body.dataset.csrf = csrf;
  return true;
}
