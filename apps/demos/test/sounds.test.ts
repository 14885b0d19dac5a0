import { readFile } from 'node:fs/promises';
import { cpu } from '@recurra/backend-cpu';
import { loadNetwork } from '@recurra/core';
import { expect, it } from 'vitest';
import { attentionOf, phoneErrors, type Speaker, type SpeakerTypes, say } from '../pages/sounds/speaking.js';
import task from '../pages/sounds/task.js';

it('the trained network says held-out words, and looks at their letters in order', async () => {
  const data = await task.prepare(await Promise.all(task.files.map((file) => readFile(file))), task.settings);
  const file = await readFile(new URL('../pages/sounds/trained.safetensors', import.meta.url));
  const network: Speaker = await loadNetwork<SpeakerTypes>(file, await cpu());
  const { errorRate, exactMatch } = await phoneErrors(network, data, data.test.length);
  expect(errorRate).toBeLessThan(0.12);
  expect(exactMatch).toBeGreaterThan(0.6);

  const [[{ phones, probability }, ...others]] = await say(network, data.codes, ['physics']);
  expect(phones.join(' ')).toBe('F IH Z IH K S');
  expect(others.every((other) => other.probability <= probability)).toBe(true);
  const weights = await attentionOf(network, data.codes, 'physics', phones);
  expect(weights).toHaveLength(phones.length + 1);
  const places = weights.map((row) => {
    expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 4);
    return row.reduce((sum, weight, letter) => sum + weight * letter, 0);
  });
  expect(places).toEqual([...places].sort((a, b) => a - b));
});
