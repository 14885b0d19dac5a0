import { readFile } from 'node:fs/promises';
import { cpu } from '@recurra/backend-cpu';
import { loadNetwork } from '@recurra/core';
import { expect, it } from 'vitest';
import { nearestSentences } from '../pages/translation/nearest-sentence.js';
import { bleu, exactMatch } from '../pages/translation/scores.js';
import task from '../pages/translation/task.js';
import { type TranslatorTypes, translations } from '../pages/translation/translating.js';

it('BLEU is that of Papineni et al.', () => {
  const words = (sentence: string) => sentence.split(' ');
  const tested = (...french: string[]) => [{ english: [], french: french.map(words) }];
  expect(bleu([words('a b c d e')], tested('x y', 'a b c d e'))).toBe(1);
  // Runs found: 5 of 6, 3 of 5, 2 of 4, 1 of 3; the nearest translation is as long.
  const score = bleu([words('a b c d x e')], tested('a b c d y e', 'a b'));
  expect(score).toBeCloseTo((5 / 6) ** 0.25 * (3 / 5) ** 0.25 * (2 / 4) ** 0.25 * (1 / 3) ** 0.25, 12);
  // Shorter than the translation.
  expect(bleu([words('a b c d')], tested('a b c d e f'))).toBeCloseTo(Math.exp(1 - 6 / 4), 12);
});

it('the trained network translates better than the nearest sentence', async () => {
  const data = await task.prepare(await Promise.all(task.files.map((file) => readFile(file))), task.settings);
  const file = await readFile(new URL('../pages/translation/trained.safetensors', import.meta.url));
  const network = await loadNetwork<TranslatorTypes>(file, await cpu());
  const [written, copied] = [
    await translations(network, data, data.test),
    nearestSentences(data.known, data.test),
  ];
  const scores = [written, copied].map((all) => [exactMatch(all, data.test), bleu(all, data.test)]);
  expect(scores[0][0]).toBeGreaterThan(0.12);
  expect(scores[0][1]).toBeGreaterThan(0.3);
  expect(scores[1][0]).toBeLessThan(0.02);
});
