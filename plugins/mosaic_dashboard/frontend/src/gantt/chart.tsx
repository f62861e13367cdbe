/** Draws the chart: only the rows that are seen, as SVG beside their names. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Schedule } from "./index";
import { durationWords } from "../shell/times";
import { axisWords, rowsOf, stepOf, type Row } from "./rows";

const ROW = 30;
const HEAD = 30;
const SPARE = 6;
/** Room for the last mark of the axis. */
const SIDE = 32;

interface Props {
  schedule: Schedule;
  hasCourse: boolean;
  hrefOf(id: string): string;
}

export function Chart({ schedule, hasCourse, hrefOf }: Props) {
  const [folded, setFolded] = useState<ReadonlySet<string>>(() => firstFolded(schedule));
  const [course, setCourse] = useState(false);
  const [onlyCritical, setOnlyCritical] = useState(false);
  const [zoom, setZoom] = useState(1);
  const [chosen, setChosen] = useState("");
  const place = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600, width: 800 });

  const items = useMemo(() => (onlyCritical ? schedule.items.filter((item) => item.is_critical) : schedule.items), [schedule, onlyCritical]);
  const rows = useMemo(() => rowsOf(items, folded), [items, folded]);
  const span = Math.max(course ? lastActual(schedule) : schedule.total_minutes, 0.05);

  useLayoutEffect(() => {
    const element = place.current;
    if (!element) return;
    const look = () => setView({ top: element.scrollTop, height: element.clientHeight, width: element.clientWidth });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    look();
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, []);
  useEffect(() => {
    if (place.current) place.current.scrollLeft = 0;
  }, [course]);

  const names = view.width < 620 ? Math.round(view.width * 0.45) : 300;
  const width = Math.max(160, (view.width - names - SIDE - 4) * zoom);
  const scale = width / span;
  const first = Math.max(0, Math.floor(view.top / ROW) - SPARE);
  const shown = rows.slice(first, first + Math.ceil(view.height / ROW) + 2 * SPARE);

  function toggle(key: string): void {
    const next = new Set(folded);
    if (!next.delete(key)) next.add(key);
    setFolded(next);
  }

  function key(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = rows.findIndex((row) => row.key === chosen);
    if (step) {
      const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
      if (!next || !place.current) return;
      setChosen(next.key);
      const top = rows.indexOf(next) * ROW;
      if (top < place.current.scrollTop) place.current.scrollTop = top;
      else if (top + ROW + HEAD > place.current.scrollTop + view.height) place.current.scrollTop = top + ROW + HEAD - view.height;
    } else if (event.key === "Enter" && rows[at]) {
      if (rows[at].item) location.href = hrefOf(rows[at].key);
      else toggle(rows[at].key);
    } else if (event.key === "+" || event.key === "=") setZoom((now) => Math.min(40, now * 1.4));
    else if (event.key === "-") setZoom((now) => Math.max(1, now / 1.4));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <div class="gantt stack">
      <div class="row gantt-bar">
        {hasCourse && (
          <div class="row" role="group" aria-label="What is shown">
            <button type="button" aria-pressed={!course} onClick={() => setCourse(false)}>As planned</button>
            <button type="button" aria-pressed={course} onClick={() => setCourse(true)}>As it went</button>
          </div>
        )}
        <label class="row gantt-only"><input type="checkbox" checked={onlyCritical} onChange={(event) => setOnlyCritical(event.currentTarget.checked)} /> Only the critical path</label>
        <button type="button" aria-label="Zoom in" onClick={() => setZoom(Math.min(40, zoom * 1.4))}>+</button>
        <button type="button" aria-label="Zoom out" onClick={() => setZoom(Math.max(1, zoom / 1.4))}>−</button>
        <span class="gantt-legend small muted"><i class="key-critical" /> critical <i class="key-plain" /> can wait <i class="key-slack" /> slack</span>
      </div>
      <div ref={place} class="gantt-place" tabIndex={0} role="application" aria-label="Gantt chart. Arrow keys choose a row, Enter opens it, plus and minus zoom." onKeyDown={key}>
        <Axis span={span} scale={scale} names={names} width={width} />
        <div class="gantt-rows" style={{ height: `${rows.length * ROW}px`, width: `${names + width + SIDE}px` }}>
          {shown.map((row, index) => (
            <Line key={row.key} row={row} top={(first + index) * ROW} names={names} scale={scale} width={width} course={course} isChosen={row.key === chosen} hrefOf={hrefOf} toggle={toggle} now={nowOf(schedule)} />
          ))}
        </div>
      </div>
      <p class="visually-hidden" aria-live="polite">{said(rows.find((row) => row.key === chosen), course)}</p>
    </div>
  );
}

function Axis({ span, scale, names, width }: { span: number; scale: number; names: number; width: number }) {
  const step = stepOf(span, width);
  const marks = Array.from({ length: Math.min(400, Math.floor(span / step) + 1) }, (_, index) => index * step);
  return (
    <svg class="gantt-axis" width={names + width + SIDE} height={HEAD} aria-hidden="true">
      {marks.map((mark) => (
        <g key={mark}>
          <line x1={names + mark * scale} x2={names + mark * scale} y1={HEAD - 7} y2={HEAD} />
          <text x={names + mark * scale + 4} y={HEAD - 10}>{axisWords(mark, step)}</text>
        </g>
      ))}
    </svg>
  );
}

interface LineProps {
  row: Row;
  top: number;
  names: number;
  scale: number;
  width: number;
  course: boolean;
  isChosen: boolean;
  now: number;
  hrefOf(id: string): string;
  toggle(key: string): void;
}

function Line({ row, top, names, scale, width, course, isChosen, now, hrefOf, toggle }: LineProps) {
  const start = course ? row.actualStart : row.start;
  const end = course ? row.actualEnd ?? now : row.end;
  const bar = start === null ? null : { x: start * scale, width: Math.max(3, (end - start) * scale) };
  const slack = !course && row.item && row.item.slack > 0 ? row.item.slack * scale : 0;
  const kind = row.item ? (row.isCritical && !course ? "critical" : course ? `state-${row.item.state ?? "ready"}` : "plain") : "branch";
  return (
    <div class={`gantt-row${isChosen ? " is-chosen" : ""}${row.item ? "" : " is-branch"}`} style={{ transform: `translateY(${top}px)` }}>
      <div class="gantt-name" style={{ width: `${names}px`, paddingLeft: `${8 + Math.max(0, row.depth) * (names < 200 ? 5 : 14)}px` }}>
        {row.item ? (
          <a href={hrefOf(row.key)} title={row.title} tabIndex={-1}>{row.title}</a>
        ) : (
          <button type="button" class="quiet" aria-expanded={!row.isFolded} title={row.title} tabIndex={-1} onClick={() => toggle(row.key)}>{row.isFolded ? "▸" : "▾"} {row.title}{row.isFolded ? ` (${row.count})` : ""}</button>
        )}
      </div>
      <svg width={width + SIDE} height={ROW} aria-hidden="true">
        {slack > 0 && bar && <line class="gantt-slack" x1={bar.x + bar.width} x2={bar.x + bar.width + slack} y1={ROW / 2} y2={ROW / 2} />}
        {bar && <rect class={`gantt-bar-${kind}`} x={bar.x} y={row.item ? 7 : 11} width={bar.width} height={row.item ? ROW - 14 : 8} rx={row.item ? 5 : 2}><title>{said(row, course)}</title></rect>}
      </svg>
    </div>
  );
}

function said(row: Row | undefined, course: boolean): string {
  if (!row) return "";
  if (course) return row.actualStart === null ? `${row.title}: not begun` : `${row.title}: ${timeWords(row.actualStart)} to ${row.actualEnd === null ? "now" : timeWords(row.actualEnd)}`;
  const slack = row.item ? (row.item.slack ? `, may wait ${row.item.slack} min` : ", critical") : "";
  return `${row.title}: from ${timeWords(row.start)} to ${timeWords(row.end)}${slack}`;
}

function timeWords(minutes: number): string {
  return minutes ? durationWords(minutes * 60) : "the beginning";
}

function nowOf(schedule: Schedule): number {
  return schedule.started_at && schedule.now ? (schedule.now - schedule.started_at) / 60_000 : 0;
}

function lastActual(schedule: Schedule): number {
  const ends = schedule.items.map((item) => item.actual_end ?? (item.actual_start ? nowOf(schedule) : 0));
  return ends.reduce((most, one) => Math.max(most, one), 0);
}

/** Very large plans begin with their branches folded. */
function firstFolded(schedule: Schedule): ReadonlySet<string> {
  if (schedule.total <= 400) return new Set();
  return new Set(rowsOf(schedule.items, new Set()).filter((row) => !row.item && row.depth >= 1).map((row) => row.key));
}
