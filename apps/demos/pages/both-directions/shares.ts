/* How many words have the right tag, by where a word stands. */
import type { TaggedRequest } from '../tagging/requests.js';

/** Where a word may stand, as its true tag says. */
export const PLACES = ['the first word of a slot', 'a later word of a slot', 'outside of all slots'] as const;

const INITIALS = ['B', 'I', 'O'];

/** For each of {@link PLACES} how many percent of the words there have the right tag; NaN where there is none. */
export function percentRightByPlace(
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
