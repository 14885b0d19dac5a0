/* The share of words with the right tag, by position in a slot. */
import type { TaggedRequest } from '../tagging/requests.js';

/** The positions of a word, according to its true tag. */
export const POSITIONS = [
  'the first word of a slot',
  'a later word of a slot',
  'outside of all slots',
] as const;

const INITIALS = ['B', 'I', 'O'];

/** For each of {@link POSITIONS}, the percentage of its words with the right tag; NaN if there are none. */
export function percentRightByPosition(
  found: readonly Pick<TaggedRequest, 'tags'>[],
  truth: readonly Pick<TaggedRequest, 'tags'>[],
): number[] {
  return INITIALS.map((initial) => {
    const right = truth.flatMap(({ tags }, n) =>
      tags.flatMap((tag, i) => (tag.startsWith(initial) ? [found[n].tags[i] === tag] : [])),
    );
    return (100 * right.filter(Boolean).length) / right.length;
  });
}
