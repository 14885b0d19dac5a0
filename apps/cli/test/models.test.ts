/* `recurra run` and `recurra convert`, on files of every format. */
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reference } from '@recurra/backend-reference';
import {
  apply,
  bidirectional,
  concat,
  DataError,
  dense,
  FormatError,
  graph,
  gru,
  loadNetwork,
  lstm,
  OptionError,
  sequence,
  sequential,
  UnsupportedError,
} from '@recurra/core';
import { Command } from 'commander';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { convertCommand } from '../src/commands/convert.js';
import { runCommand } from '../src/commands/run.js';

let folder: string;
let printed: string;
const shape = [2, 5, 3];
const data = Array.from({ length: 30 }, (_, i) => Math.sin(i));
let expected: number[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recurra-models-'));
  const backend = await reference();
  const layers = [
    bidirectional(lstm({ units: 4, returnSequences: true })),
    gru({ units: 3, resetAfter: false }),
    dense({ units: 2 }),
  ];
  const network = sequential(layers, { inputShape: [5, 3] }).on(backend, { seed: 3 });
  await writeFile(join(folder, 'model.safetensors'), await network.save());
  await writeFile(join(folder, 'input.json'), JSON.stringify({ input: { shape, data } }));
  const prediction = await network.predict({ shape, data: Float64Array.from(data) });
  expected = Array.from(prediction.data);
  backend.dispose();
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
});

async function recurra(...args: string[]): Promise<void> {
  const program = new Command('recurra').exitOverride();
  for (const add of [runCommand, convertCommand]) add(program);
  await program.parseAsync(args, { from: 'user' });
}

const at = (...names: string[]) => join(folder, ...names);

test.each(['cpu', 'reference'])('a model gives the same results from every format on %s', async (backend) => {
  for (const file of ['model.onnx', 'copy.safetensors', 'keras/model.json', 'torch/model.py']) {
    await recurra('convert', at('model.safetensors'), at(file));
  }
  expect((await readdir(at('torch'))).sort()).toEqual(['model.py', 'model.safetensors', 'train_ddp.py']);
  const models = [
    'model.safetensors',
    'model.onnx',
    'copy.safetensors',
    'keras/model.json',
    'torch/model.safetensors',
  ];
  for (const file of models) {
    const output = at('output.json');
    await recurra('run', at(file), '--input', at('input.json'), '--backend', backend, '--output', output);
    const outputs = JSON.parse(await readFile(output, 'utf8'));
    const [array] = Object.values(outputs) as { shape: number[]; data: number[] }[];
    expect(array.shape, file).toEqual([2, 2]);
    for (const [i, value] of expected.entries())
      expect(Math.abs(array.data[i] - value), file).toBeLessThan(1e-5);
  }
});

test('the output has the name from the file, and the numbers are exact', async () => {
  await recurra('run', at('model.safetensors'), '--input', at('input.json'), '--backend', 'reference');
  expect(JSON.parse(printed)).toEqual({ output: { shape: [2, 2], data: expected } });
});

test('converting .safetensors to .safetensors keeps every bit of the weights', async () => {
  await recurra('convert', at('model.safetensors'), at('again.safetensors'));
  const backend = await reference();
  const weights = await Promise.all(
    ['model.safetensors', 'again.safetensors'].map(async (file) =>
      (await loadNetwork(await readFile(at(file)), backend)).getWeights(),
    ),
  );
  expect(weights[1]).toEqual(weights[0]);
  backend.dispose();
});

test.each([
  { args: ['run', 'model.h5'], error: OptionError, expected: /\.onnx, \.safetensors, \.json.*\.keras/ },
  {
    args: ['convert', 'model.safetensors', 'other.json'],
    error: OptionError,
    expected: /must be called model\.json/,
  },
  { args: ['convert', 'model.safetensors', 'model.h5'], error: OptionError, expected: /model\.h5/ },
  {
    args: ['convert', 'model.onnx', 'back.safetensors'],
    error: UnsupportedError,
    expected: /graph of operators/,
  },
])('$args is rejected, with the reason', async ({ args: [command, ...files], error, expected }) => {
  await recurra('convert', at('model.safetensors'), at('model.onnx'));
  const more = command === 'run' ? ['--input', at('input.json')] : [];
  const failure = await recurra(command, ...files.map((file) => at(file)), ...more).catch(
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(error);
  expect((failure as Error).message).toMatch(expected);
});

test.each([
  { json: [1], expected: /must be \{ "name"/ },
  { json: { input: { shape: [2], data: [1] } }, expected: /input: 1 numbers do not fill the shape \[2\]/ },
  { json: { input: { shape: [1], data: ['x'] } }, expected: /element 0 is "x"/ },
  { json: { x: { shape: [1], data: [1] } }, expected: /input missing; no input x/ },
])('wrong input is rejected: $json', async ({ json, expected }) => {
  await writeFile(at('wrong.json'), JSON.stringify(json));
  const failure = await recurra('run', at('model.safetensors'), '--input', at('wrong.json')).catch(
    (e: unknown) => e,
  );
  expect(failure).toBeInstanceOf(DataError);
  expect((failure as Error).message).toMatch(expected);
});

test('a link to a file outside the model’s folder is not followed', async () => {
  await recurra('convert', at('model.safetensors'), at('linked', 'model.json'));
  const outside = await mkdtemp(join(tmpdir(), 'recurra-outside-'));
  await writeFile(join(outside, 'weights.bin'), await readFile(at('linked', 'weights.bin')));
  await rm(at('linked', 'weights.bin'));
  await symlink(join(outside, 'weights.bin'), at('linked', 'weights.bin'));
  await expect(recurra('run', at('linked', 'model.json'), '--input', at('input.json'))).rejects.toThrow(
    FormatError,
  );
  await rm(outside, { recursive: true });
});

test('--sequence sets an option that a state_dict does not determine; without it, the guess is printed', async () => {
  const data = new URL('../../../packages/interop/test/data/pytorch/', import.meta.url);
  const tied = fileURLToPath(new URL('tied.safetensors', data));
  const { x, y } = JSON.parse(await readFile(new URL('tied.json', data), 'utf8'));
  await writeFile(at('tokens.json'), JSON.stringify({ input: x }));
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const run = async (...args: string[]) => {
    printed = '';
    stderr.mockClear();
    await recurra('run', tied, '--input', at('tokens.json'), ...args);
    return JSON.parse(printed).output;
  };
  const result = await run();
  expect(stderr.mock.calls.flat().join('')).toMatch(/tied.safetensors: .*every step is assumed.*--sequence/);
  expect(result.shape).toEqual(y.shape);
  result.data.forEach((value: number, i: number) => {
    expect(value).toBeCloseTo(y.data[i], 5);
  });
  expect((await run('--no-sequence')).shape).toEqual([2, 20]);
  expect(stderr).not.toHaveBeenCalled();
  await recurra('convert', tied, at('last.onnx'), '--no-sequence');
  await recurra('convert', tied, at('every.onnx'), '--sequence');
  for (const [file, shape] of [
    ['last.onnx', [2, 20]],
    ['every.onnx', [2, 5, 20]],
  ] as const) {
    printed = '';
    await recurra('run', at(file), '--input', at('tokens.json'));
    expect(JSON.parse(printed).output.shape).toEqual(shape);
  }
  const other = recurra('run', at('model.safetensors'), '--input', at('input.json'), '--sequence');
  await expect(other).rejects.toThrow(OptionError);
  stderr.mockRestore();
});

test('a graph with two inputs and two outputs is run, converted, and divided into a part that is given and a step', async () => {
  const model = graph({ source: sequence(3), target: sequence(2) }, ({ source, target }) => {
    const encoder = apply(gru({ units: 4, resetAfter: false }), source);
    const decoder = gru({ units: 4, resetAfter: false, returnSequences: true });
    const h = apply(decoder, target, { initialState: encoder, name: 'decoder' });
    return { scores: apply(dense({ units: 2 }), apply(concat(), [h, target])), summary: encoder };
  });
  const backend = await reference();
  const network = model.on(backend, { seed: 4 });
  await writeFile(at('graph.safetensors'), await network.save());
  const inputs = { source: { shape, data }, target: { shape: [2, 4, 2], data: data.slice(0, 16) } };
  await writeFile(at('graph.json'), JSON.stringify(inputs));
  const typed = ({ shape, data }: { shape: number[]; data: number[] }) => ({
    shape,
    data: Float64Array.from(data),
  });
  const { outputs } = await network.predictAll({
    source: typed(inputs.source),
    target: typed(inputs.target),
  });
  backend.dispose();

  await mkdir(at('converted'));
  await recurra('convert', at('graph.safetensors'), at('converted', 'graph.onnx'));
  await recurra('convert', at('graph.safetensors'), at('converted', 'model.json'));
  await recurra('convert', at('graph.safetensors'), at('converted', 'graph.keras'));
  for (const file of [
    'graph.safetensors',
    'converted/graph.onnx',
    'converted/model.json',
    'converted/graph.keras',
  ]) {
    printed = '';
    await recurra('run', at(file), '--input', at('graph.json'), '--backend', 'reference');
    const results = Object.values(JSON.parse(printed) as Record<string, { shape: number[]; data: number[] }>);
    for (const [i, { shape, data }] of Object.values(outputs).entries()) {
      expect(results[i].shape, file).toEqual([...shape]);
      for (const [j, x] of results[i].data.entries()) expect(Math.abs(x - data[j]), file).toBeLessThan(1e-6);
    }
  }

  printed = '';
  await recurra('convert', at('graph.safetensors'), at('converted', 'graph.onnx'), '--given', 'source');
  expect(printed).toBe(`${at('converted', 'graph.given.onnx')}\n${at('converted', 'graph.step.onnx')}\n`);
  await writeFile(at('source.json'), JSON.stringify({ source: inputs.source }));
  printed = '';
  await recurra('run', at('converted', 'graph.given.onnx'), '--input', at('source.json'));
  expect(Object.keys(JSON.parse(printed))).toEqual(['summary', 'decoder.initial.0']);
  await expect(
    recurra('convert', at('graph.safetensors'), at('model.py'), '--given', 'source'),
  ).rejects.toThrow(OptionError);
});
