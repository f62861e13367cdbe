/** The buttons above the graph. */
import type { Source } from "./source";

interface Props {
  source: Source;
  depth: number;
  shown: number;
  fit(): void;
  zoom(factor: number): void;
  foldAt(level: number): void;
  step(direction: "undo" | "redo"): void;
}

export function Bar({ source, depth, shown, fit, zoom, foldAt, step }: Props) {
  return (
    <>
      <button type="button" onClick={fit}>Fit</button>
      <button type="button" aria-label="Zoom in" onClick={() => zoom(1.25)}>+</button>
      <button type="button" aria-label="Zoom out" onClick={() => zoom(0.8)}>−</button>
      {depth > 0 && (
        <label class="graph-depth">
          <span class="visually-hidden">Fold at</span>
          <select onChange={(event) => foldAt(Number(event.currentTarget.value))}>
            <option value="" hidden>Fold …</option>
            <option value="-1">Every task</option>
            {Array.from({ length: depth }, (_, index) => <option key={index} value={index}>Level {index + 1}</option>)}
          </select>
        </label>
      )}
      {source.isEditable && (
        <>
          <button type="button" disabled={!source.canUndo} onClick={() => step("undo")}>Undo</button>
          <button type="button" disabled={!source.canRedo} onClick={() => step("redo")}>Redo</button>
        </>
      )}
      <span class="muted small graph-count">{shown} shown of {source.leaves.length} tasks</span>
    </>
  );
}
