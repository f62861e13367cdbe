/** Counts of tasks by column, as cards, lanes and the board show them. */
import { Bar, Sign } from "../shell/signs";
import { COLUMNS, DONE, ENDED, NEEDS, VERIFYING, WORKING } from "./columns";

const SHARES = [
  ["accepted", [DONE]],
  ["moving", [WORKING, VERIFYING]],
  ["failed", [ENDED]],
  ["gated", [NEEDS]],
] as const;

/** How far many tasks are, by how many of them stand in each column. */
export function Progress({ counts, total }: { counts: readonly number[]; total: number }) {
  const parts = SHARES.map(([name, columns]) => [name, columns.reduce((sum, column) => sum + (counts[column] ?? 0), 0)] as const);
  return <Bar parts={parts} total={total} label={`${counts[DONE]} of ${total} accepted`} />;
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
