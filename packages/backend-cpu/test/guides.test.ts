/* The programs of the guides, with smaller numbers. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { expect, it, vi } from 'vitest';

it('the program of docs/generating.md writes digits backwards', async () => {
  const guide = await readFile(new URL('../../../docs/generating.md', import.meta.url), 'utf8');
  const [, program] = /```js\n(.*?)```/s.exec(guide) as RegExpExecArray;
  const numbers = '[shortest, longest, steps, strings] = [10, 20, 1500, 500]';
  expect(program).toContain(numbers);
  const file = new URL(`./.guide-${process.pid}.mjs`, import.meta.url);
  await writeFile(file, program.replace(numbers, '[shortest, longest, steps, strings] = [2, 5, 500, 40]'));
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    await import(/* @vite-ignore */ file.href);
    const [greedy, beam, one] = log.mock.calls;
    // After so few steps, one of the 40 strings may still be wrong.
    const nearlyAll = expect.objectContaining({ exactMatch: expect.closeTo(1, 1) });
    expect(greedy).toEqual(['greedy', nearlyAll]);
    expect(beam).toEqual(['a beam of 4', nearlyAll]);
    expect(one[2]).toHaveLength(3);
  } finally {
    log.mockRestore();
    await rm(file);
  }
});
