/* Numbers for readers. */

/** `4.15 µs`, `32.1 ms`, `2.41 s` */
export function duration(milliseconds: number): string {
  if (milliseconds < 0.1) return `${significant(milliseconds * 1000)} µs`;
  if (milliseconds < 1000) return `${significant(milliseconds)} ms`;
  return `${significant(milliseconds / 1000)} s`;
}

/** At least three significant digits, and all digits before the decimal point. */
export function significant(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

export function threadsOf(threads: number): string {
  return threads === 1 ? '1 thread' : `${threads} threads`;
}

export function scenariosOf(count: number): string {
  return count === 1 ? '1 scenario' : `${count} scenarios`;
}

/** `64 %`, `1.1 %` */
export function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}
