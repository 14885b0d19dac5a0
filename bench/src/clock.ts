/* How finely time is told here: in a page without cross-origin isolation in tenths of a millisecond or worse. */

let known: number | undefined;

/** The least that `performance.now()` moves on by, in milliseconds; measured the first time. */
export function clockStep(): number {
  known ??= Math.min(...Array.from({ length: 3 }, nextStep));
  return known;
}

function nextStep(): number {
  const start = performance.now();
  let now = start;
  while (now === start) now = performance.now();
  return now - start;
}
