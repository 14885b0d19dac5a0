/* The phrases of dates. */
import { reference } from '@recurra/backend-reference';
import { seededRandom } from '@recurra/core';
import { expect, test } from 'vitest';
import { answer } from '../pages/dates/inference.js';
import { forms, phrases } from '../pages/dates/phrases.js';
import task from '../pages/dates/task.js';
import { encode, encodeDate, exactly, readable, sampleOf, WIDTH, WRITABLE } from '../pages/dates/writing.js';

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

test('a sample reads the phrase, and each character of the date after those before it', () => {
  const { x, y } = sampleOf({ words: '3 May’', iso: '1994-05-03' });
  expect(x.phrase).toEqual(encode("3 may'"));
  expect(x.date).toEqual([WRITABLE, ...encodeDate('1994-05-0')]);
  expect(y.next).toEqual(encodeDate('1994-05-03'));
  expect(readable('3 May!’')).toEqual([...'3 may', "'"]);
});

test('a network that was trained on one phrase writes its date, and looks at the phrase while it does', async () => {
  const backend = await reference();
  const phrase = { words: '3 May', iso: '1994-05-03' };
  const data = { training: [sampleOf(phrase)], test: [phrase] };
  const settings = { ...task.settings, units: 8, epochs: 60 };
  const network = task.model(settings, data).on(backend, { seed: 1 });
  await network.fit(data.training, task.fit(settings, data)).done;
  expect(await exactly(network, [phrase])).toBe(1);
  const found = await answer(network, data, '3 May');
  expect(found?.characters).toEqual([...'3 may']);
  expect(found?.dates.length).toBe(WIDTH);
  expect(found?.dates[0].date).toBe('1994-05-03');
  const probabilities = found?.dates.map(({ probability }) => probability) ?? [];
  expect(probabilities).toEqual([...probabilities].sort((a, b) => b - a));
  for (const weights of found?.attention ?? []) {
    expect(weights.map((row) => row.length)).toEqual(new Array(10).fill(5));
    for (const row of weights) expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9);
  }
  expect(await answer(network, data, '!')).toBeUndefined();
  network.dispose();
  expect(backend.memory().tensors).toBe(0);
  backend.dispose();
});
