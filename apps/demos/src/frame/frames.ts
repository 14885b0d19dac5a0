/* Spreads the drawing of a page over frames, so that no single task of it is long. */
import { useEffect, useState } from 'preact/hooks';

/** The number of parts to draw: 1 at first, and one more in each frame, up to `all`. */
export function useParts(all: number): number {
  const [parts, setParts] = useState(1);
  useEffect(() => {
    if (parts >= all) return;
    const frame = requestAnimationFrame(() => setParts(parts + 1));
    return () => cancelAnimationFrame(frame);
  }, [parts, all]);
  return parts;
}

/** The first `each` of the items, and as many more in each frame, up to all of them. */
export function useGradually<Item>(items: readonly Item[] = [], each: number): readonly Item[] {
  return items.slice(0, each * useParts(Math.ceil(items.length / each)));
}

/** The value, a frame later: what shows it is not drawn in the same task as the rest of the page. */
export function useNextFrame<Value>(value: Value): Value {
  const [shown, show] = useState(() => value);
  useEffect(() => {
    const frame = requestAnimationFrame(() => show(() => value));
    return () => cancelAnimationFrame(frame);
  }, [value]);
  return shown;
}
