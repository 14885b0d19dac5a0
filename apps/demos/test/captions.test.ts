/* The names that a decoder spells. */
import { reference } from '@recurra/backend-reference';
import { expect, test } from 'vitest';
import { answer } from '../pages/captions/inference.js';
import { encode, LETTERS, NAMES, sampleOf, spelt } from '../pages/captions/spelling.js';
import task from '../pages/captions/task.js';
import { SIDE } from '../pages/digits/images.js';

const pixels = new Uint8Array(SIDE * SIDE).fill(255, 300, 500);
const seven = { pixels, y: 7 };

test('a sample reads each letter after the start, and learns the next, with the end as the last', () => {
  const { x, y } = sampleOf(seven);
  expect((x.letters as number[]).map((token) => LETTERS[token])).toEqual(['end', ...'seven']);
  expect((y.next as number[]).map((token) => LETTERS[token])).toEqual([...'seven', 'end']);
  expect(LETTERS.length).toBe(16);
  for (const name of NAMES) expect(encode(name).map((token) => LETTERS[token])).toEqual([...name]);
});

test('a network that was trained on one image spells its name, and continues after the letters of the reader', async () => {
  const backend = await reference();
  const data = { training: () => [sampleOf(seven)], known: [seven], test: [seven] };
  const settings = { ...task.settings, filters: 2, learningRate: 0.02, epochs: 60 };
  const network = task.model(settings, data).on(backend, { seed: 1 });
  await network.fit(data.training, task.fit(settings, data)).done;
  expect(await spelt(network, [seven])).toBe(1);
  expect(await spelt(network, [{ pixels, y: 9 }, seven])).toBe(0.5);

  const own = await answer(network, data, { image: 0, given: '' });
  expect(own?.name).toBe('seven');
  expect(own?.choices.map(({ letter }) => letter)).toEqual([...'seven', 'end']);
  for (const { letter, likeliest } of own?.choices ?? []) {
    expect(likeliest[0][0]).toBe(letter);
    expect(likeliest[0][1]).toBeGreaterThan(0.5);
  }
  const other = await answer(network, data, { image: 0, given: 'ni' });
  expect(other?.choices.slice(0, 2).map(({ letter }) => letter)).toEqual(['n', 'i']);
  expect(other?.choices[0].likeliest).toEqual(own?.choices[0].likeliest);
  expect(await answer(network, data, { image: 1, given: '' })).toBeUndefined();
  network.dispose();
  expect(backend.memory().tensors).toBe(0);
  backend.dispose();
});
