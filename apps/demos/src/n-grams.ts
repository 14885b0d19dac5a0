export interface NgramOptions {
  /** The n of the n-gram: `order` − 1 symbols of context and the next one. */
  readonly order: number;
  /** The number of different symbols. */
  readonly size: number;
  /** The ids before this index are counted, the others measured. */
  readonly end: number;
  /** True if the id at an index from `end` on is measured. Default: all are. */
  measures?(index: number): boolean;
}

/**
 * Bits per symbol of an n-gram model with Witten–Bell smoothing (Bell, Cleary & Witten, Text Compression, 1990), counted on
 * ids[0, end).
 *
 * P(c | context) = (count(context, c) + kinds(context) · P(c | shorter context)) / (count(context) + kinds(context))
 */
export function bitsOfNgrams(
  ids: readonly number[],
  { order, size: base, end, measures = () => true }: NgramOptions,
): number {
  const tables = Array.from({ length: order }, (_, length) => count(ids, end, length, base));
  let bits = 0;
  let measured = 0;
  for (let i = end; i < ids.length; i++) {
    if (!measures(i)) continue;
    measured++;
    let p = 1 / base;
    let context = 0;
    for (let back = 0; back < order; back++) {
      if (back > 0) context += ids[i - back] * base ** (back - 1);
      const { totals, kinds, pairs } = tables[back];
      const total = totals.get(context);
      if (total === undefined) break;
      const distinct = kinds.get(context) ?? 0;
      p = ((pairs.get(context * base + ids[i]) ?? 0) + distinct * p) / (total + distinct);
    }
    bits -= Math.log2(p);
  }
  return bits / measured;
}

/**
 * For each context of `length` characters: how often it was seen, with how many different next characters,
 * and with each of them.
 */
function count(ids: readonly number[], end: number, length: number, base: number) {
  const totals = new Map<number, number>();
  const kinds = new Map<number, number>();
  const pairs = new Map<number, number>();
  for (let i = length; i < end; i++) {
    let context = 0;
    for (let back = 1; back <= length; back++) context += ids[i - back] * base ** (back - 1);
    const pair = context * base + ids[i];
    const before = pairs.get(pair) ?? 0;
    pairs.set(pair, before + 1);
    totals.set(context, (totals.get(context) ?? 0) + 1);
    if (before === 0) kinds.set(context, (kinds.get(context) ?? 0) + 1);
  }
  return { totals, kinds, pairs };
}
