/* Any three options have all their settings, in the documented number of rows. */
import { expect, test } from 'vitest';
import { combinations } from '../src/combinations.js';

test.each([
  [1, 8],
  [4, 8],
  [5, 16],
  [8, 16],
  [9, 32],
  [16, 32],
])('%i options in %i rows: for any three, each of the eight settings occurs equally often', (count, rows) => {
  const names = Array.from({ length: count }, (_, i) => `option ${i}`);
  const result = combinations(names);
  expect(result.length).toBe(rows);
  expect(Object.values(result[0]).some(Boolean)).toBe(false);
  for (const [i, a] of names.entries()) {
    for (const [j, b] of names.slice(0, i).entries()) {
      for (const c of names.slice(0, j)) {
        const settings = result.map((row) => [row[a], row[b], row[c]].join());
        for (const setting of new Set(settings))
          expect(settings.filter((other) => other === setting).length).toBe(rows / 8);
        expect(new Set(settings).size).toBe(8);
      }
    }
  }
});
