/** Carries out operations over HTTP, as whoever is signed in. */
import { Refused, type Problem } from "./api";

export async function call<Answer>(operation: string, input: object = {}): Promise<Answer> {
  const response = await fetch(`/api/call/${operation}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Mosaic-CSRF": document.body.dataset.csrf ?? "" },
    body: JSON.stringify(input),
  }).catch(() => {
    throw new Refused({ code: "unreachable", what: "Mosaic does not answer", hint: "Does `mosaic run` still serve?" });
  });
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
