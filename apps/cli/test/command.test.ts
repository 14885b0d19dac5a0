import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, FormatError, OptionError } from '@recurra/core';
import { Command, CommanderError } from 'commander';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { conformanceCommand } from '../src/commands/conformance.js';
import { doctorCommand } from '../src/commands/doctor.js';
import { predictCommand } from '../src/commands/predict.js';
import { trainCommand } from '../src/commands/train.js';
import { exitCodeOf } from '../src/exit.js';

let folder: string;
let said: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recurra-cli-'));
  const rows = Array.from({ length: 300 }, (_, t) => `${20 + 5 * Math.sin(t / 4) + Math.cos(t)},${t}`);
  await writeFile(join(folder, 'tides.csv'), `level,step\n${rows.join('\n')}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

beforeEach(() => {
  said = '';
  const listen = (text: unknown) => {
    said += `${text}\n`;
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
  const program = new Command('recurra').exitOverride();
  for (const add of [trainCommand, predictCommand, doctorCommand, conformanceCommand]) add(program);
  await program.parseAsync(args, { from: 'user' });
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
  { args: ['train'], message: '--data' },
  { args: ['conformance'], message: '--backend' },
  { args: ['predict', '--input', 'x.json'], message: 'model' },
])('a wrong command line is told: $args', async ({ args, message }) => {
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

test('a folder without golden vectors, and a damaged one, are named', async () => {
  const empty = await failure('conformance', '--backend', 'reference', '--goldens', folder);
  expect(empty).toBeInstanceOf(DataError);
  expect(empty.message).toContain(folder);
  await writeFile(join(folder, 'sequence-damaged.json'), '{ "name": ');
  const damaged = await failure('conformance', '--backend', 'reference', '--goldens', folder);
  expect(damaged).toBeInstanceOf(FormatError);
  expect(damaged.message).toContain('sequence-damaged.json');
});

test('what is wrong with a CSV file is told with its place', async () => {
  const csv = join(folder, 'bad.csv');
  await writeFile(csv, 'level\n1\n\n2\nhigh\n');
  expect((await failure('train', '--data', csv, '--target', 'level')).message).toMatch(
    /row 3, level: "high"/,
  );
  expect((await failure('train', '--data', csv, '--target', 'depth')).message).toMatch(/"depth".*level/);
  expect((await failure('train', '--data', join(folder, 'none.csv'), '--target', 'level')).message).toContain(
    'none.csv',
  );
});

test('a forecast is trained on a CSV file, written, and used', async () => {
  const csv = join(folder, 'tides.csv');
  const sizes = ['--history', '50', '--horizon', '5', '--season', '25', '--units', '8', '--epochs', '30'];
  await recurra('train', '--data', csv, '--target', 'level', ...sizes, '--out', folder);
  expect(said).toMatch(/Recurra LSTM .*\d/);
  expect(said).toMatch(/linear autoregression .*\d/);
  // The series is a sum of two waves, which a linear autoregression has without error, so the network cannot beat it.
  expect(said).toContain('not better than: linear autoregression');
  expect(process.exitCode).toBe(1);
  expect(await readFile(join(folder, 'tides.svg'), 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);

  const output = join(folder, 'next.json');
  await recurra('predict', join(folder, 'tides.safetensors'), '--input', csv, '--output', output);
  const { column, forecast } = JSON.parse(await readFile(output, 'utf8'));
  expect(column).toBe('level');
  expect(forecast).toHaveLength(5);
  for (const [ahead, value] of forecast.entries()) {
    const t = 300 + ahead;
    expect(Math.abs(value - (20 + 5 * Math.sin(t / 4) + Math.cos(t)))).toBeLessThan(2);
  }
});

test('doctor finds every backend in order', async () => {
  await recurra('doctor');
  expect(process.exitCode).toBeUndefined();
  expect(said).toMatch(/cpu.*0\.lstm +fused/s);
});
