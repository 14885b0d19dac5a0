/* Spans of words, as BIO tags describe them: “playlist: words 5 to 7”. */
import type { TaggedRequest } from './requests.js';

export interface Span {
  readonly slot: string;
  /** The index of its first word, and of the one after its last. */
  readonly from: number;
  readonly to: number;
}

/** The spans of the tags `B-slot` (begins), `I-slot` (continues) and `O` (none). An `I-slot` after another slot or none begins a span. */
export function spansOf(tags: readonly string[]): Span[] {
  const spans: Span[] = [];
  for (const [i, tag] of tags.entries()) {
    const slot = tag.slice(2);
    const last = spans.at(-1);
    if (tag === 'O') continue;
    if (tag.startsWith('I-') && last?.to === i && last.slot === slot)
      spans[spans.length - 1] = { ...last, to: i + 1 };
    else spans.push({ slot, from: i, to: i + 1 });
  }
  return spans;
}

export function sameSpan(a: Span, b: Span): boolean {
  return a.slot === b.slot && a.from === b.from && a.to === b.to;
}

/**
 * The harmonic mean of precision and recall over whole spans: a span counts as found only if its slot, its first and its last
 * word are all correct.
 *
 * @param truth the same requests with the correct tags
 */
export function spanF1(
  found: readonly Pick<TaggedRequest, 'tags'>[],
  truth: readonly Pick<TaggedRequest, 'tags'>[],
): number {
  let right = 0;
  let total = 0;
  for (const [i, { tags }] of found.entries()) {
    const [ours, theirs] = [spansOf(tags), spansOf(truth[i].tags)];
    right += ours.filter((span) => theirs.some((other) => sameSpan(span, other))).length;
    total += ours.length + theirs.length;
  }
  return total === 0 ? 1 : (2 * right) / total;
}
