/* The parts of the pages about words that compute something of their own. */
import { expect, test } from 'vitest';
import { logOddsOf, naiveBayes } from '../pages/sentiment/naive-bayes.js';
import { splitReviews } from '../pages/sentiment/reviews.js';
import { lexicon, splitWords } from '../src/words.js';

test('a sentence falls into words and marks', () => {
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

test('words that come often enough have numbers, whatever their case', () => {
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

test('the same sentence never stands on both sides', () => {
  const lines = Array.from({ length: 50 }, (_, i) => `positive\tyelp\tGood ${i % 20}.`);
  const { known, test } = splitReviews(lines.join('\n'));
  const both = [...known, ...test].map(({ words }) => words.join(' '));
  expect(new Set(both).size).toBe(both.length);
  expect([known.length, test.length]).toEqual([16, 4]);
});

test('naive Bayes by hand', () => {
  const bayes = naiveBayes([
    { words: ['good', 'good'], positive: true },
    { words: ['bad'], positive: false },
    { words: ['Bad', 'good'], positive: false },
  ]);
  // Words: positive 2, negative 3, of two kinds. good: (2 + 1) / 4 against (1 + 1) / 5; bad: 1 / 4 against 3 / 5.
  const [good, bad, other] = bayes.effects(['Good', 'bad', 'new']);
  expect(good).toBeCloseTo(Math.log(3 / 4 / (2 / 5)));
  expect(bad).toBeCloseTo(Math.log(1 / 4 / (3 / 5)));
  expect(other).toBe(0);
  expect(logOddsOf(bayes, ['good', 'bad'])).toBeCloseTo(Math.log(1 / 2) + good + bad);
});
