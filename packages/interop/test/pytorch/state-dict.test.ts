/* Weights of PyTorch's modules, and training in PyTorch. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpu } from '@recurra/backend-cpu';
import {
  bidirectional,
  dense,
  dropout,
  embedding,
  FormatError,
  gru,
  loadNetwork,
  lstm,
  type Model,
  type NDArray,
  sequential,
  UnsupportedError,
} from '@recurra/core';
import { encodeSafetensors } from '@recurra/core/files';
import { networkOf, readStateDict, writePytorch } from '@recurra/interop';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missing, python, run } from './python.js';

const backend = await cpu();
const folder = mkdtempSync(join(tmpdir(), 'recurra-pytorch-'));
afterAll(() => rmSync(folder, { recursive: true }));

const read = (name: string) => readFileSync(join(folder, name));
async function writeFiles(model: Model) {
  const network = model.on(backend, { seed: 1 });
  for (const [name, content] of Object.entries(await writePytorch(network))) {
    writeFileSync(join(folder, name), content);
  }
  return network;
}

describe.skipIf(!python && !process.env.CI)(`PyTorch${python ? '' : ` (${missing})`}`, () => {
  beforeAll(async () => {
    if (!python) throw new Error(missing);
    await writeFiles(sequential([dense({ units: 1 })], { inputShape: [1] }));
    run([join(import.meta.dirname, 'foreign.py'), folder], folder);
  });

  const tagger = sequential(
    [
      embedding({ inputDim: 9, outputDim: 4 }),
      bidirectional(lstm({ units: 3, returnSequences: true })),
      dropout({ rate: 0.2 }),
      bidirectional(lstm({ units: 3, returnSequences: true, dropout: 0.1 })),
      dense({ units: 2 }),
    ],
    { inputShape: [null] },
  );
  it.each<[string, string, Parameters<typeof readStateDict>[1]]>([
    ['a bidirectional stack, with a given model', 'Tagger', { model: tagger }],
    ['a bidirectional stack, inferred', 'Tagger', { returnSequences: true }],
    ['a forecaster, inferred', 'Forecaster', {}],
    ['a projection and two recurrent modules, inferred', 'Projected', {}],
  ])('%s', async (_, name, options) => {
    const { input, output } = JSON.parse(read(`${name}.json`).toString()) as Record<string, NDArray>;
    const network = networkOf(readStateDict(read(`${name}.safetensors`), options), backend);
    const predicted = await network.predict({ ...input, data: Float32Array.from(input.data) });
    network.dispose();
    expect(predicted.shape).toEqual(output.shape);
    output.data.forEach((value, i) => {
      expect(predicted.data[i]).toBeCloseTo(value, 5);
    });
  });

  it('trains a model in two processes; the model that is read back is better', async () => {
    const samples = Array.from({ length: 64 }, (_, n) => ({
      x: Array.from({ length: 8 }, (_, t) => [Math.sin(t * (n % 2 ? 0.9 : 0.4) + n), Math.cos(t * n)]),
      y: n % 2,
    }));
    const layers = [bidirectional(lstm({ units: 6 })), dense({ units: 2, activation: 'softmax' })];
    const network = await writeFiles(sequential(layers, { inputShape: [null, 2] }));
    const column = (numbers: number[], shape: number[]) => ({ shape, data: numbers });
    const data = {
      x: column(
        samples.flatMap(({ x }) => x.flat()),
        [64, 8, 2],
      ),
      y: column(
        samples.map(({ y }) => y),
        [64],
      ),
    };
    writeFileSync(join(folder, 'data.json'), JSON.stringify(data));
    const script = [
      'train_ddp.py',
      'data.json',
      '--epochs',
      '8',
      '--batch-size',
      '8',
      '--learning-rate',
      '0.02',
    ];
    // With Python 3.11, PyTorch 1.13 fails with its default values of the last two options.
    const launcher = ['-m', 'torch.distributed.run', '--standalone', '--redirects', '1', '--tee', '1'];
    run([...launcher, '--nproc_per_node', '2', ...script], folder);

    const trained = networkOf(readStateDict(read('trained.safetensors')), backend);
    const before = await network.evaluate(samples, { loss: 'crossEntropy' });
    const after = await trained.evaluate(samples, { loss: 'crossEntropy' });
    expect(after.loss).toBeLessThan(before.loss - 0.05);
    const again = await loadNetwork(await trained.save(), backend);
    expect((await again.evaluate(samples, { loss: 'crossEntropy' })).loss).toBe(after.loss);
  });
});

describe('a state_dict is rejected', () => {
  const array = (...shape: number[]): NDArray => ({
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.1),
  });
  const recurrent = { 'rnn.weight_ih_l0': array(12, 3), 'rnn.weight_hh_l0': array(12, 4) };
  it.each([
    [
      'two linear layers',
      {
        ...recurrent,
        'a.weight': array(4, 4),
        'a.bias': array(4),
        'b.weight': array(2, 4),
        'b.bias': array(2),
      },
      UnsupportedError,
      /several linear layers/,
    ],
    [
      'two orders',
      { ...recurrent, 'x.weight_ih_l0': array(9, 4), 'x.weight_hh_l0': array(9, 3) },
      undefined,
      /^$/,
    ],
    [
      'modules whose sizes do not match',
      { ...recurrent, 'head.weight': array(2, 5), 'head.bias': array(2) },
      UnsupportedError,
      /no order/,
    ],
    [
      'an unknown module',
      { ...recurrent, 'attention.in_proj_weight': array(4, 4) },
      UnsupportedError,
      /in_proj_weight/,
    ],
    [
      'weights of no known cell',
      { 'rnn.weight_ih_l0': array(8, 3), 'rnn.weight_hh_l0': array(8, 4) },
      FormatError,
      /no cell with 4 units/,
    ],
    [
      'a missing bias',
      { ...recurrent, 'rnn.bias_ih_l0': array(12) },
      FormatError,
      /none of the unused modules \(rnn\) has tensors/,
    ],
  ])('for %s', (_, state, error, message) => {
    const bytes = encodeSafetensors(state);
    if (!error) return expect(readStateDict(bytes).model.nodes).toHaveLength(2);
    expect(() => readStateDict(bytes)).toThrow(message);
    expect(() => readStateDict(bytes)).toThrow(error);
  });

  it('that does not fit the given model', () => {
    const model = sequential([gru({ units: 4 })], { inputShape: [null, 3] });
    expect(() => readStateDict(encodeSafetensors(recurrent), { model })).toThrow(
      /layer 0, gru: none of the unused modules \(rnn\) has .*\[12,3\]/,
    );
    const lstms = sequential([lstm({ units: 3, bias: false })], { inputShape: [null, 3] });
    expect(() => readStateDict(encodeSafetensors(recurrent), { model: lstms })).toThrow(FormatError);
  });
});
