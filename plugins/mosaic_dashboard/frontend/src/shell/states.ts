/** The states of tasks as people read them; the server's pages use the same words. */
const WORDS: Record<string, string> = {
  blocked: "waits for others",
  gated: "needs approval",
  delayed: "tries again soon",
  leased: "being worked on",
  reported: "being verified",
  merging: "being published",
};

export function stateWord(state: string): string {
  return WORDS[state] ?? state;
}
