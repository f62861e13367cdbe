/** The levels of a plan above its tasks: their names, and the parts of a path as identifiers. Pure. */
const NAMES = ["Epics", "Features", "Stories", "Tasks", "Subtasks"];
const ONE = ["Epic", "Feature", "Story", "Task", "Subtask"];
const PREFIXES = ["E", "F", "S", "T", "ST"];
const IDENTIFIER = /^(?:E|F|S|T|ST|A)\.(\d{3}(?:\.\d{2,})*)$/;

const BETWEEN = " › ";

/** The groups of digits of an identifier of a plan; none for other identifiers. */
export function groupsOf(taskId: string): string[] {
  return IDENTIFIER.exec(taskId)?.[1]?.split(".") ?? [];
}

/** The identifier of what a task is part of at a level; "" where tasks are not named so. */
export function idAt(taskId: string, level: number): string {
  const groups = groupsOf(taskId);
  return groups.length > level + 1 && PREFIXES[level] ? `${PREFIXES[level]}.${groups.slice(0, level + 1).join(".")}` : "";
}

/** What the level is called: by the plan's own words where the tasks are a plan's. */
export function levelName(level: number, isPlan: boolean, isOne = false): string {
  return (isPlan && (isOne ? ONE : NAMES)[level]) || `Level ${level + 1}`;
}

/** The part of a path down to a level, as one text; "" where the path is not that long. */
export function pathTo(path: readonly string[], level: number): string {
  return path.length > level ? path.slice(0, level + 1).join(BETWEEN) : "";
}

/** Whether a path lies within another, which is given as one text. */
export function isWithin(path: readonly string[], outer: string): boolean {
  const whole = path.join(BETWEEN);
  return whole === outer || whole.startsWith(outer + BETWEEN);
}
