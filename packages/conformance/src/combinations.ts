/*
 * Combinations of options that are on or off, in few rows: an orthogonal array of strength 3 (Hedayat, Sloane
 * & Stufken 1999). For any three options, each of the eight settings occurs equally often.
 */

/** One row of the array: the options that are on. */
export type Combination<Name extends string> = Readonly<Record<Name, boolean>>;

/**
 * The rows for `names`: 8 for up to 4 options, 16 for up to 8, 32 for up to 16. In the first row all options
 * are off.
 */
export function combinations<Name extends string>(names: readonly Name[]): Combination<Name>[] {
  const bits = Math.max(3, Math.ceil(Math.log2(names.length)) + 1);
  // The sum of two or three different columns of odd weight is never zero, so any three columns are
  // independent.
  const columns = Array.from({ length: 2 ** bits }, (_, column) => column).filter(parity);
  return Array.from({ length: 2 ** bits }, (_, row) => {
    const isOn = (option: number) => parity(row & columns[option]);
    return Object.fromEntries(names.map((name, i) => [name, isOn(i)])) as Record<Name, boolean>;
  });
}

/** The options of a row that are on, as text for case names and messages. */
export function namesOf(row: Combination<string>): string {
  const on = Object.keys(row).filter((name) => row[name]);
  return on.length > 0 ? on.join(', ') : 'no option';
}

/** True if an odd number of bits is set. */
function parity(bits: number): boolean {
  let odd = false;
  for (let rest = bits; rest > 0; rest &= rest - 1) odd = !odd;
  return odd;
}
