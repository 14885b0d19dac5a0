/* Tests the parts of the pages about words that compute something. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { naiveBayes, scoresOf, shareRight } from '../pages/sentiment/naive-bayes.js';
import { classNames, splitReviews } from '../pages/sentiment/reviews.js';
import { commonestTags } from '../pages/tagging/commonest-tag.js';
import { intentName } from '../pages/tagging/intent.js';
import { spanF1, spansOf } from '../pages/tagging/spans.js';
import { codingOf, formOf, percentRight, sampleOf } from '../pages/tagging/understanding.js';
import { lexicon, splitWords } from '../src/words.js';

test('a sentence is split into words and marks', () => {
  expect(splitWords(" I don't  know (it’s 4,5)!")).toEqual([
    'I',
    "don't",
    'know',
    '(',
    'it’s',
    '4',
    ',',
    '5',
    ')',
    '!',
  ]);
  expect(splitWords(' ')).toEqual([]);
});

test('words that occur often enough have numbers, ignoring case', () => {
  const { size, encode } = lexicon(
    [
      ['The', 'cat'],
      ['the', 'CAT', 'it’s'],
      ["It's", 'once'],
    ],
    2,
  );
  expect(size).toBe(4);
  expect(encode(['cat', 'THE', "it's", 'once', 'dog'])).toEqual([2, 1, 3, 0, 0]);
});

test('no sentence is on both sides of the split, and no review whose number is known', () => {
  const lines = Array.from({ length: 50 }, (_, i) => `positive\t${i % 10}\tGood ${i % 20}.`);
  const { known, test } = splitReviews(lines.join('\n'), 2);
  const both = [...known, ...test].map(({ words }) => words.join(' '));
  expect(new Set(both).size).toBe(both.length);
  expect([known.length, test.length]).toEqual([16, 4]);
  // Two different sentences in each of ten reviews: eight reviews and two.
  const three = splitReviews(lines.join('\n'), 3);
  const reviewsOf = (part: typeof known) => new Set(part.map(({ sentence }) => sentence.at(-2)));
  expect([three.known.length, three.test.length]).toEqual([16, 4]);
  expect([reviewsOf(three.known).size, reviewsOf(three.test).size]).toEqual([8, 2]);
  expect(three.test.every(({ kind }) => classNames(3)[kind] === 'positive')).toBe(true);
});

test('naive Bayes by hand', () => {
  const bayes = naiveBayes(
    [
      { words: ['good', 'good'], kind: 1 },
      { words: ['bad'], kind: 0 },
      { words: ['Bad', 'good'], kind: 0 },
    ],
    2,
  );
  // Words: positive 2, negative 3, of two kinds. good: (2 + 1) / 4 against (1 + 1) / 5; bad: 1 / 4 against 3 / 5.
  expect(bayes.evidence('Good')).toEqual([Math.log(2 / 5), Math.log(3 / 4)]);
  expect(bayes.evidence('bad')).toEqual([Math.log(3 / 5), Math.log(1 / 4)]);
  expect(bayes.evidence('new')).toBeUndefined();
  const [negative, positive] = scoresOf(bayes, ['good', 'new', 'bad']);
  expect(negative).toBeCloseTo(Math.log((2 / 3) * (2 / 5) * (3 / 5)));
  expect(positive).toBeCloseTo(Math.log((1 / 3) * (3 / 4) * (1 / 4)));
  expect(
    shareRight(bayes, [
      { words: ['good', 'good'], kind: 1 },
      { words: ['bad'], kind: 1 },
    ]),
  ).toBe(1 / 2);
});

describe('spans', () => {
  test('begin with B, or with an I that does not continue the same slot', () => {
    expect(spansOf(['O', 'B-a', 'I-a', 'B-a', 'I-b', 'O', 'I-b'])).toEqual([
      { slot: 'a', from: 1, to: 3 },
      { slot: 'a', from: 3, to: 4 },
      { slot: 'b', from: 4, to: 5 },
      { slot: 'b', from: 6, to: 7 },
    ]);
  });
  test('count only if they are complete', () => {
    const truth = [{ tags: ['B-a', 'I-a', 'O', 'B-b'] }];
    expect(spanF1(truth, truth)).toBe(1);
    expect(spanF1([{ tags: ['B-a', 'O', 'O', 'B-b'] }], truth)).toBe(0.5);
    expect(spanF1([{ tags: ['B-a', 'O', 'B-c', 'B-b'] }], truth)).toBeCloseTo(0.4);
  });
  test('do not overlap, and cover all tagged words', () => {
    const tag = fc.constantFrom('O', 'B-a', 'I-a', 'B-b', 'I-b');
    fc.assert(
      fc.property(fc.array(tag), (tags) => {
        const covered = spansOf(tags).flatMap(({ from, to }) => tags.slice(from, to).map((_, i) => from + i));
        expect(covered).toEqual([...tags.keys()].filter((i) => tags[i] !== 'O'));
      }),
    );
  });
});

test('the commonest tag, of a word and of two', () => {
  const known = [
    { words: ['in', 'May'], tags: ['O', 'B-time'] },
    { words: ['by', 'May'], tags: ['O', 'B-artist'] },
    { words: ['by', 'may'], tags: ['O', 'B-artist'] },
  ];
  const requests = [{ words: ['in', 'may', 'new'], tags: [] }];
  expect(commonestTags(known, requests, 1)[0].tags).toEqual(['O', 'B-artist', 'O']);
  expect(commonestTags(known, requests, 2)[0].tags).toEqual(['O', 'B-time', 'O']);
});

describe('a request', () => {
  const requests = Array.from({ length: 10 }, (_, i) => ({
    words: ['Play', 'Nina', i < 2 ? 'rarely' : 'often'],
    tags: ['O', 'B-artist', 'O'],
    intent: i === 0 ? 'RateBook' : 'PlayMusic',
  }));
  const coding = codingOf(requests);

  test('has words that are known if they occur three times, and forms if they occur ten times', () => {
    const { x, y } = sampleOf(coding, { ...requests[0], words: ['play', 'Gina', 'rarely'] });
    expect(x.words).toEqual([1, 0, 0]);
    // “Gina” looks like “Nina”; “play” lacks the capital of “Play”.
    expect(x.forms).toEqual([0, sampleOf(coding, requests[1]).x.forms[1 as never], 0]);
    expect(y).toEqual({ tags: [1, 0, 1], intent: 1 });
  });
  test('has words of which the form is the first letter’s case and the last two letters', () => {
    expect(['Nina', 'nina', 'Élan', '1994', 'I', '.'].map(formOf)).toEqual([
      'capital-na',
      '-na',
      'capital-an',
      '-00',
      'capital-i',
      '-.',
    ]);
  });
  test('has an intent, which is right or wrong', () => {
    expect(percentRight([requests[0], requests[0]], requests.slice(0, 2))).toBe(50);
    expect(intentName('AddToPlaylist')).toBe('add to playlist');
  });
});
