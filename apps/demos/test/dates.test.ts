/* The phrases of dates. */
import { seededRandom } from '@recurra/core';
import { expect, test } from 'vitest';
import { forms, phrases } from '../pages/dates/phrases.js';
import { encode, sampleOf, WRITTEN } from '../pages/dates/writing.js';

const many = phrases(seededRandom(3), 4000);

test('the phrases are the same for the same seed, and without the dates that are left out', () => {
  expect(phrases(seededRandom(3), 4000)).toEqual(many);
  const left = new Set(many.slice(0, 2000).map(({ iso }) => iso));
  expect(phrases(seededRandom(3), 2000, left).some(({ iso }) => left.has(iso))).toBe(false);
});

test('JavaScript reads the plain forms as the same date', () => {
  const plain = many.filter(({ words }) => /^\d+ [A-Z][a-z]{3,} \d{4}$/.test(words));
  expect(plain.length).toBeGreaterThan(100);
  for (const { words, iso } of plain) expect(new Date(`${words} UTC`).toISOString().slice(0, 10)).toBe(iso);
});

test.each([
  ['2007-12-31', 'the thirty-first of December, two thousand and seven'],
  ['1950-02-20', 'the twentieth of February, nineteen fifty'],
  ['2000-10-03', 'October the third, two thousand'],
  ['2012-08-22', 'August the 22nd, 2012'],
  ['1987-01-11', 'the 11th of January 1987'],
])('%s can be “%s”', (iso, words) => {
  expect(forms.map((form) => form(new Date(iso)))).toContain(words);
});

test('a sample reads the phrase and then its date, and only the date counts', () => {
  const { x, y, weight } = sampleOf({ words: '3 May’', iso: '1994-05-03' });
  expect(x).toEqual([...encode("3 may'"), 0, ...encode('1994-05-0')]);
  expect(weight).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  const written = (y as number[]).slice(6).map((id) => WRITTEN[id]);
  expect(written.join('')).toBe('1994-05-03');
});
