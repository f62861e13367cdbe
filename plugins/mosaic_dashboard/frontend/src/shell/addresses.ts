/** Where things have their pages. */
export function taskAddress(runId: string, taskId: string): string {
  return `/runs/${encodeURIComponent(runId)}/tasks/${encodeURIComponent(taskId)}`;
}

export function draftAddress(id: string, node = ""): string {
  return `/drafts/${encodeURIComponent(id)}${node ? `?node=${encodeURIComponent(node)}` : ""}`;
}
