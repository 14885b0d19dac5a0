import type { Baseline } from '../../src/task.js';
import { lowerCase } from '../../src/words.js';
import type { TaggedRequest } from './requests.js';
import { spanF1 } from './spans.js';

/**
 * Gives each word of `requests` the tag that it has most often in `known`; `O` if it has none there.
 *
 * @param context 1: the word alone; 2: together with the word before it, if the pair occurs in `known`
 */
export function commonestTags(
  known: readonly TaggedRequest[],
  requests: readonly TaggedRequest[],
  context: 1 | 2,
): TaggedRequest[] {
  const counted = known.map(inLowerCase);
  const alone = commonest(counted, wordAt);
  const pairs = context === 2 ? commonest(counted, pairAt) : undefined;
  return requests.map((request) => {
    const { words } = inLowerCase(request);
    const tags = words.map((_, i) => pairs?.get(pairAt(words, i)) ?? alone.get(wordAt(words, i)) ?? 'O');
    return { words: request.words, tags };
  });
}

type KeyAt = (words: readonly string[], i: number) => string;

const wordAt: KeyAt = (words, i) => words[i];
const pairAt: KeyAt = (words, i) => `${i > 0 ? words[i - 1] : ''} ${words[i]}`;

function inLowerCase({ words, tags }: TaggedRequest): TaggedRequest {
  return { words: words.map(lowerCase), tags };
}

/** The most frequent tag of each key; of equally frequent ones the first. */
function commonest(known: readonly TaggedRequest[], keyAt: KeyAt): Map<string, string> {
  const counts = new Map<string, Map<string, number>>();
  for (const { words, tags } of known) {
    for (const [i, tag] of tags.entries()) {
      const key = keyAt(words, i);
      const tally = counts.get(key) ?? new Map<string, number>();
      counts.set(key, tally.set(tag, (tally.get(tag) ?? 0) + 1));
    }
  }
  const best = (tally: Map<string, number>) => [...tally].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
  return new Map([...counts].map(([key, tally]) => [key, best(tally)]));
}

/** The F1 of spans, in percent, if each word gets its commonest tag: with the word before it, or alone. */
export function spansLookedUp(
  known: readonly TaggedRequest[],
  test: readonly TaggedRequest[],
): readonly Baseline[] {
  return [
    { name: 'looking up word pairs', score: 100 * spanF1(commonestTags(known, test, 2), test) },
    { name: 'looking up words', score: 100 * spanF1(commonestTags(known, test, 1), test) },
  ];
}
