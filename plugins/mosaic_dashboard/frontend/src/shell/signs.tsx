/** Signs and bars as on the server's pages, for islands that draw with Preact. */

/** A symbol of the page, by its name: `icon-…` or `state-…`. */
export function Sign({ name }: { name: string }) {
  return (
    <svg class="icon" aria-hidden="true">
      <use href={`#${name}`} />
    </svg>
  );
}

/** How much of something is what: a segment a kind, in the order given. Without a label, what stands beside says it. */
export function Bar({ parts, total, label }: { parts: readonly (readonly [string, number])[]; total: number; label?: string }) {
  let place = 0;
  return (
    <svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" {...(label ? { role: "img", "aria-label": label } : { "aria-hidden": true })}>
      <rect class="bar-rest" width="100" height="1" />
      {parts.map(([name, count]) => {
        const width = total ? (100 * count) / total : 0;
        place += width;
        return width ? <rect key={name} class={`bar-${name}`} x={place - width} width={width} height="1" /> : null;
      })}
    </svg>
  );
}
