/** Signs and small pieces that cards and columns share. */
import { COLUMNS, DONE, ENDED, NEEDS, VERIFYING, WORKING } from "./columns";

export function Sign({ name }: { name: string }) {
  return (
    <svg class="icon" aria-hidden="true">
      <use href={`#${name}`} />
    </svg>
  );
}

const SHARES = [
  ["accepted", [DONE]],
  ["moving", [WORKING, VERIFYING]],
  ["failed", [ENDED]],
  ["gated", [NEEDS]],
] as const;

/** How far many tasks are, by how many of them stand in each column. */
export function Progress({ counts, total }: { counts: readonly number[]; total: number }) {
  let place = 0;
  return (
    <svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" role="img" aria-label={`${counts[DONE]} of ${total} accepted`}>
      <rect class="bar-rest" width="100" height="1" />
      {SHARES.map(([name, columns]) => {
        const count = columns.reduce((sum, column) => sum + (counts[column] ?? 0), 0);
        const width = total ? (100 * count) / total : 0;
        place += width;
        return width ? <rect key={name} class={`bar-${name}`} x={place - width} width={width} height="1" /> : null;
      })}
    </svg>
  );
}

/** How many tasks stand in each column, those with none left out. */
export function Counts({ counts }: { counts: readonly number[] }) {
  return (
    <span class="board-counts">
      {COLUMNS.map((column, index) =>
        counts[index] ? (
          <span key={column.name} class={`board-count tone-${column.name}`} title={`${counts[index]} ${column.title}`}>
            <Sign name={`state-${column.sign}`} />
            <span class="visually-hidden">{column.title}: </span>
            {counts[index]}
          </span>
        ) : null,
      )}
    </span>
  );
}
