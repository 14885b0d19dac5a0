import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, DeviceError, FormatError, OptionError } from '@recurra/core';
import { CommanderError } from 'commander';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { exitCodeOf } from '../src/exit.js';
import { recurra as program } from '../src/program.js';

let folder: string;
let output: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recurra-cli-'));
  const rows = Array.from({ length: 300 }, (_, t) => `${20 + 5 * Math.sin(t / 4) + Math.cos(t)},${t}`);
  await writeFile(join(folder, 'tides.csv'), `level,step\n${rows.join('\n')}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

beforeEach(() => {
  output = '';
  const listen = (text: unknown) => {
    output += `${text}\n`;
    return true;
  };
  for (const name of ['log', 'error'] as const) vi.spyOn(console, name).mockImplementation(listen);
  for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, 'write').mockImplementation(listen);
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

async function recurra(...args: string[]): Promise<void> {
  await program().parseAsync(args, { from: 'user' });
}

async function failure(...args: string[]): Promise<Error> {
  try {
    await recurra(...args);
  } catch (error) {
    return error as Error;
  }
  throw new Error(`recurra ${args.join(' ')} did not fail`);
}

test.each([
  { args: ['train', '--data', 'energy', '--epoch', '3'], message: "unknown option '--epoch'" },
  { args: ['train', '--data', 'energy', '--epochs', '1.5'], message: 'whole number' },
  { args: ['train', '--data', 'energy', '--cell', 'cnn'], message: 'lstm, gru, rnn' },
  { args: ['train', '--data', 'energy', '--epochs', '0x10'], message: 'whole number' },
  {
    args: ['train', '--data', 'energy', '--epochs', '3', '--epochs', '4'],
    message: "'--epochs' was given twice",
  },
  {
    args: ['conformance', '--backend', 'cpu', '--chromium', '--no-chromium'],
    message: 'or with its opposite',
  },
  { args: ['train'], message: '--data' },
  { args: ['conformance'], message: '--backend' },
  { args: ['predict', '--input', 'x.json'], message: 'model' },
])('a wrong command line is rejected: $args', async ({ args, message }) => {
  const error = await failure(...args);
  expect(error).toBeInstanceOf(CommanderError);
  expect(exitCodeOf(error)).toBe(2);
  expect(error.message).toContain(message);
});

test.each(['train', 'predict', 'doctor', 'conformance'])('recurra %s --help exits with 0', async (name) => {
  expect(exitCodeOf(await failure(name, '--help'))).toBe(0);
});

test('an unknown backend is an OptionError that names the known ones', async () => {
  const error = await failure('conformance', '--backend', 'abacus');
  expect(error).toBeInstanceOf(OptionError);
  expect(error.message).toMatch(/abacus.*reference.*cpu/);
  expect(exitCodeOf(error)).toBe(2);
});

test('the error names a folder without golden vectors, and a damaged file', async () => {
  const empty = await failure('conformance', '--backend', 'reference', '--goldens', folder);
  expect(empty).toBeInstanceOf(DataError);
  expect(empty.message).toContain(folder);
  await writeFile(join(folder, 'sequence-damaged.json'), '{ "name": ');
  const damaged = await failure('conformance', '--backend', 'reference', '--goldens', folder);
  expect(damaged).toBeInstanceOf(FormatError);
  expect(damaged.message).toContain('sequence-damaged.json');
});

test('errors in a CSV file name the line or the column', async () => {
  const csv = join(folder, 'bad.csv');
  await writeFile(csv, 'level\n1\n\n2\nhigh\n');
  expect((await failure('train', '--data', csv, '--target', 'level')).message).toMatch(
    /line 5, level: "high"/,
  );
  expect((await failure('train', '--data', csv, '--target', 'depth')).message).toMatch(/"depth".*level/);
  expect((await failure('train', '--data', join(folder, 'none.csv'), '--target', 'level')).message).toContain(
    'none.csv',
  );
});

test('a forecast is trained on a CSV file, saved, and used', async () => {
  const csv = join(folder, 'tides.csv');
  const sizes = ['--history', '50', '--horizon', '5', '--season', '25', '--units', '8', '--epochs', '30'];
  await recurra('train', '--data', csv, '--target', 'level', ...sizes, '--out', folder);
  expect(output).toMatch(/Recurra LSTM .*\d/);
  expect(output).toMatch(/linear autoregression .*\d/);
  expect(output).toMatch(/one season before, 25 steps .*\d/);
  expect(output).toMatch(/the last value \(persistence\) .*\d/);
  // The series is a sum of two waves. A linear autoregression forecasts it exactly, so the network cannot beat it.
  expect(output).toContain('not better than: linear autoregression');
  expect(process.exitCode).toBe(1);
  expect(await readFile(join(folder, 'tides.svg'), 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);

  const next = join(folder, 'next.json');
  await recurra('predict', join(folder, 'tides.safetensors'), '--input', csv, '--output', next);
  const { column, forecast } = JSON.parse(await readFile(next, 'utf8'));
  expect(column).toBe('level');
  expect(forecast).toHaveLength(5);
  for (const [ahead, value] of forecast.entries()) {
    const t = 300 + ahead;
    expect(Math.abs(value - (20 + 5 * Math.sin(t / 4) + Math.cos(t)))).toBeLessThan(2);
  }
});

test.each([
  ['the same number in each row', () => 5],
  ['numbers as large as float32 holds', (t: number) => 3e38 * Math.sin(t)],
  ['very small numbers', (t: number) => 1e-100 * Math.sin(t)],
])('a series of %s is trained and reported', async (_, valueAt) => {
  const csv = join(folder, 'extreme.csv');
  await writeFile(csv, `level\n${Array.from({ length: 60 }, (_, t) => valueAt(t)).join('\n')}\n`);
  const sizes = ['--history', '6', '--horizon', '2', '--season', '3', '--units', '2', '--epochs', '2'];
  await recurra('train', '--data', csv, '--target', 'level', ...sizes, '--out', folder);
  expect(output).toMatch(/Recurra LSTM +\d.*\n +linear autoregression +\d/);
  expect(output).not.toMatch(/NaN|Infinity/);
});

test('a forecast needs ordered rows, with the time step of its training data', async () => {
  const csv = async (name: string, minutes: number, reverse = false) => {
    const rows = Array.from({ length: 60 }, (_, t) => {
      return `${new Date(Date.UTC(2024, 1, 1, 0, t * minutes)).toISOString()},${Math.sin(t)}`;
    });
    await writeFile(
      join(folder, name),
      `when;level\n${(reverse ? rows.reverse() : rows).join('\n')}\n`.replaceAll(',', ';'),
    );
    return join(folder, name);
  };
  const sizes = ['--history', '6', '--horizon', '2', '--season', '3', '--units', '2', '--epochs', '2'];
  const columns = ['--target', 'level', '--time', 'when'];
  const [quarters, newestFirst, hours] = [
    await csv('quarters.csv', 15),
    await csv('newest-first.csv', 15, true),
    await csv('hours.csv', 60),
  ];
  expect(
    (await failure('train', '--data', newestFirst, ...columns, ...sizes, '--out', folder)).message,
  ).toMatch(/newest-first\.csv, line 3: .*--sort/);
  await recurra('train', '--data', quarters, ...columns, ...sizes, '--out', folder);
  const model = join(folder, 'quarters.safetensors');
  const predicted = async (input: string, ...options: string[]) => {
    await recurra('predict', model, '--input', input, '--output', join(folder, 'next.json'), ...options);
    return JSON.parse(await readFile(join(folder, 'next.json'), 'utf8'));
  };
  const next = await predicted(quarters);
  expect(next.times).toEqual(['2024-02-01T15:00', '2024-02-01T15:15']);
  expect((await failure('predict', model, '--input', newestFirst)).message).toMatch(/line 3: .*--sort/);
  expect(await predicted(newestFirst, '--sort')).toEqual(next);
  expect((await failure('predict', model, '--input', hours)).message).toMatch(
    /hours\.csv has a time step of 1 hour.*trained with a time step of 15 minutes/,
  );
});

describe('doctor', () => {
  const small = ['--units', '4', '--batch', '2', '--steps', '3', '--seconds', '1'];
  /** A module whose backend is the reference with some members replaced. */
  async function moduleWith(file: string, members: string): Promise<string> {
    const reference = JSON.stringify(import.meta.resolve('@recurra/backend-reference'));
    const path = join(folder, file);
    await writeFile(
      path,
      `import { reference } from ${reference};
      export default async () => {
        const backend = await reference();
        return { ...backend, ${members} };
      };`,
    );
    return path;
  }

  test('examines, measures and recommends one backend, also a third-party one', async () => {
    const module = await moduleWith('mine.mjs', "name: 'mine', device: 'an abacus', software: true");
    await recurra('doctor', '--backend', module, ...small, '--train', '--cell', 'gru');
    expect(output).toMatch(/mine\.mjs\n +runs on +an abacus\n +software .*numbers +right/s);
    expect(output).toMatch(/measured: a training step of a GRU: 4 inputs, 4 units, batches of 2, 3 steps\n/);
    expect(output).toMatch(/mine\.mjs +[\d.]+ ms, .*on an abacus, a software-emulated GPU\n/);
    expect(output).toMatch(
      /recommended +\S+mine\.mjs\nbecause +mine \(in software\): [\d.]+ ms a training step\n$/,
    );
    expect(output).not.toContain('gpujs');
    expect(process.exitCode).toBeUndefined();
    expect(await failure('doctor', '--backend', 'abacus')).toBeInstanceOf(OptionError);
  });

  test('compares several; a backend that is wrong only at this shape fails, and is not recommended', async () => {
    const module = await moduleWith(
      'wrong-here.mjs',
      `name: 'wrong',
      matmul: (a, b, ...transposed) => {
        const product = backend.matmul(a, b, ...transposed);
        return a.shape[0] === 2 ? backend.affine(product, 2, 0) : product;
      }`,
    );
    await recurra('doctor', '--backend', 'reference', 'cpu', module, ...small);
    expect(output).toMatch(/wrong-here\.mjs\n +runs on .*\n(.*\n)+ +numbers +right/);
    expect(output).toMatch(/wrong-here\.mjs +left out: its outputs differ from those of reference by \d/);
    expect(output).toMatch(/recommended +(cpu|reference).*\nbecause .*; left out: wrong\n$/);
    expect(process.exitCode).toBe(1);
  });

  test('rejects an invalid shape', async () => {
    const { message } = await failure('doctor', '--units', '0');
    expect(message).toContain('whole number, 1 or more');
    const large = await failure('doctor', '--backend', 'cpu', '--units', '1000000');
    expect(large).toBeInstanceOf(OptionError);
    expect(large.message).toContain('1000000 units');
  });

  test('measures the default shape if none is given', async () => {
    await recurra('doctor', '--backend', 'cpu', '--seconds', '1');
    expect(output).toMatch(/cpu\n +runs on +WebAssembly .*SIMD.*, \d+ threads?\b.*\n.*0\.lstm +fused/s);
    expect(output).toMatch(
      /measured: a forward pass of an LSTM: 64 inputs, 64 units, batches of 32, 32 steps\n +cpu +[\d.]+ ms/,
    );
    expect(output).toMatch(/recommended +cpu.*\nbecause +cpu.* ms a forward pass/);
  });

  test('examines every backend in order, and does not measure the reference', async () => {
    await recurra('doctor', ...small);
    expect(process.exitCode).toBeUndefined();
    expect(output).toMatch(/reference\n +runs on .*cpu\n +runs on/s);
    expect(output).toMatch(/recommended +(cpu|native)/);
    expect(output).not.toMatch(/reference +[\d.]+ ms/);
  });
});

test('a failure prints the command that repeats it', async () => {
  const module = join(folder, 'wrong.mjs');
  const reference = JSON.stringify(import.meta.resolve('@recurra/backend-reference'));
  await writeFile(
    module,
    `import { reference } from ${reference};
    export default async () => {
      const backend = await reference();
      return { ...backend, affine: (x, scale, shift) => backend.affine(x, scale, shift + 1) };
    };`,
  );
  await recurra('conformance', '--backend', module, '--only', 'generated/operations: affine');
  const [, line] = /or: recurra (conformance .*)/.exec(output) ?? [];
  expect(line).toContain(`--backend ${module} --seed 1 --path `);
  output = '';
  const words = [...line.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
  await recurra(...words);
  expect(output).toMatch(/0 passed, 1 failed, 0 skipped/);
});

test('--gpu hardware rejects a backend that does not report a hardware GPU', async () => {
  const error = await failure(
    'conformance',
    '--backend',
    'reference',
    '--gpu',
    'hardware',
    '--only',
    'softmax',
  );
  expect(error).toBeInstanceOf(DeviceError);
});
