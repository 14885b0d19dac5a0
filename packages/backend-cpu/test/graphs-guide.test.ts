/* Every program of docs/graphs.md runs, and what the text states of its results is so. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { expect, it, vi } from 'vitest';

const guide = await readFile(new URL('../../../docs/graphs.md', import.meta.url), 'utf8');

interface Program {
  readonly heading: string;
  readonly language: string;
  readonly text: string;
}

const programs = guide.split(/^## /m).flatMap((section): Program[] => {
  const [heading] = section.split('\n', 1);
  return [...section.matchAll(/```([jt]s)\n(.*?)```/gs)].map(([, language, text]) => ({
    heading,
    language,
    text,
  }));
});

/** Runs the program of a heading. @returns the arguments of each call of console.log */
async function run(heading: string, index = 0): Promise<unknown[][]> {
  const program = programs.filter((other) => other.heading === heading)[index];
  const file = new URL(
    `./.graphs-${process.pid}-${programs.indexOf(program)}.${program.language}`,
    import.meta.url,
  );
  await writeFile(file, program.text);
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    await import(/* @vite-ignore */ file.href);
    return [...log.mock.calls];
  } finally {
    log.mockRestore();
    await rm(file);
  }
}

it('one layer after another', async () => {
  const [[summary], [next, , expected]] = await run('One layer after another');
  expect(guide).toContain(`\`\`\`\n${summary}\n\`\`\``);
  expect((next as number[])[0]).toBeCloseTo((expected as number[])[0], 1);
});

it('two heads', async () => {
  const [[scores]] = (await run('Two heads')) as [[Record<string, number>]];
  expect(Object.keys(scores).sort()).toEqual(
    ['loss', 'rising.loss', 'largest.loss', 'rising.accuracy', 'largest.mae'].sort(),
  );
  expect(scores['rising.accuracy']).toBeGreaterThan(0.95);
  expect(scores['largest.mae']).toBeLessThan(0.06);
  expect(scores.loss).toBeCloseTo(scores['rising.loss'] + 5 * scores['largest.loss'], 5);
});

it('an encoder and a decoder', async () => {
  const [[scores], [numeral]] = await run('An encoder and a decoder');
  expect(scores).toMatchObject({ exactMatch: 1 });
  expect(numeral).toBe('LXXXVII');
});

it('attention', async () => {
  const [[scores], ...lines] = (await run('Attention')) as [[{ exactMatch: number }], ...[string][]];
  expect(scores.exactMatch).toBeGreaterThan(0.95);
  const weights = lines.map(([line]) => line.split(' ').map(Number));
  expect(weights).toHaveLength(7);
  for (let t = 0; t < 6; t++) expect(weights[t].indexOf(Math.max(...weights[t]))).toBe(5 - t);
});

it('attention in the cell', async () => {
  expect(await run('Attention', 1)).toEqual([[[2, 1, 0]], [[0, 1, 2, 3]]]);
});

it('captions', async () => {
  const [[scores], [caption]] = (await run('Captions')) as [[{ exactMatch: number }], [string]];
  expect(scores.exactMatch).toBeGreaterThan(0.95);
  expect(caption).toMatch(/^a (horizontal|vertical) line at the (top|bottom|left|right)$/);
});

it('frames', async () => {
  expect((await run('Captions', 1))[0][0]).toMatchObject({ 'direction.accuracy': 1 });
});

it('shared weights', async () => {
  const [[summary], [scores]] = (await run('Shared weights')) as [[string], [Record<string, number>]];
  expect(summary).toContain('shares gru');
  expect(scores['same.accuracy']).toBeGreaterThan(0.95);
});

it('saving, loading and resuming', async () => {
  const [...calls] = await run('Saving, loading and resuming');
  for (const [actual, , expected] of calls.slice(0, 3)) expect(actual).toEqual(expected);
  const [[rows]] = calls[2] as [number[][][]];
  expect(calls.slice(3).map(([step]) => Array.from(step as Float32Array))).toEqual(
    rows.map((row) => row.map((score) => expect.closeTo(score, 5))),
  );
});

it('one step at a time', async () => {
  const [...calls] = await run('One step at a time');
  for (const [actual, , expected] of calls.slice(0, 2)) {
    const close = (expected as number[]).map((score) => expect.closeTo(score, 5));
    expect(Array.from(actual as Float32Array)).toEqual(close);
  }
  expect(calls.slice(2).map(([layer]) => layer)).toEqual(['gru', 'gru2', 'dense']);
});

it('errors', async () => {
  const messages = [...guide.matchAll(/^\/\/> (.*)$/gm)].map(([, message]) => [message]);
  expect(await run('Errors')).toEqual(messages);
});

it('every program is tested', () => {
  expect(programs).toHaveLength(11);
});
