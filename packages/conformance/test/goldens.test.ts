import { readFileSync } from 'node:fs';
import { cpu } from '@recurra/backend-cpu';
import { conformance, parseGolden, Session } from '@recurra/conformance';
import { FormatError } from '@recurra/core';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';

type Json = Record<string, unknown>;

const read = (file: string): Json =>
  JSON.parse(readFileSync(new URL(`../goldens/${file}`, import.meta.url), 'utf8'));

describe('a golden with one number changed by 1 % fails, on a float32 backend too', () => {
  const session = new Session(cpu);
  afterAll(() => session.close());

  const files = [
    'sequence-lstm-lengths-bidirectional.json',
    'sequence-gru-basic.json',
    'optimizer-adam.json',
    'attention-general.json',
    'layer-batchNorm-inference.json',
  ];
  test.each(files)('%s', async (file) => {
    const golden = read(file);
    const slots = numbersOf(golden);
    await fc.assert(
      fc.asyncProperty(fc.nat(slots.length - 1), async (at) => {
        const { data, index } = slots[at];
        const right = data[index];
        data[index] = right * 1.01;
        const changed = parseGolden(file, JSON.stringify(golden));
        data[index] = right;
        const item = conformance({ goldens: [changed] }).filter(({ name }) => name === changed.name)[1];
        expect((await session.run(item)).status).toBe('failed');
      }),
      { numRuns: 40 },
    );
  });
});

/** Every number of a tensor or list that has an effect: not zero and, in x and dy, not padding. */
function numbersOf(golden: Json): { data: number[]; index: number }[] {
  const lengths = golden.lengths as number[] | null | undefined;
  const result: { data: number[]; index: number }[] = [];
  const visit = (name: string, value: unknown) => {
    if (!value || typeof value !== 'object') return;
    if (!Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value))
        if (key !== 'shape') visit(key === 'data' ? name : key, inner);
      return;
    }
    if (name === 'lengths' || typeof value[0] !== 'number') return;
    const features = value.length / ((golden.timeSteps as number) * (golden.batch as number));
    value.forEach((number, index) => {
      const row = Math.floor(index / features);
      const batch = golden.batch as number;
      const padding =
        lengths && ['x', 'dy'].includes(name) && Math.floor(row / batch) >= lengths[row % batch];
      if (number !== 0 && !padding) result.push({ data: value, index });
    });
  };
  for (const [name, value] of Object.entries(golden)) visit(name, value);
  return result;
}

describe('an invalid golden file is rejected, and the error names the file and the field', () => {
  const cases: [what: string, file: string, change: (golden: Json) => void, message: RegExp][] = [
    [
      'an unknown field',
      'sequence-rnn-basic.json',
      (g) => Object.assign(g, { peepholes: true }),
      /peepholes .*unknown/,
    ],
    [
      'a decoder without a state',
      'attention-decoder-gru-lengths.json',
      (g) => Object.assign(g, { hiddenSize: 0 }),
      /hiddenSize is 0/,
    ],
    [
      'a layer of other sizes',
      'layer-conv2d-valid.json',
      (g) => Object.assign(g.options as Json, { filters: 4 }),
      /weights.kernel.shape is \[2,3,2,3\]/,
    ],
    ['a missing field', 'sequence-rnn-basic.json', (g) => delete g.dx, /dx is missing/],
    [
      'another gate order',
      'sequence-lstm-basic.json',
      (g) => (g.gateOrder as string[]).reverse(),
      /gateOrder is \["o"/,
    ],
    [
      'a length too long',
      'sequence-gru-lengths.json',
      (g) => Object.assign(g, { lengths: [9, 1, 1, 1] }),
      /lengths is \[9/,
    ],
    [
      'another shape',
      'sequence-gru-basic.json',
      (g) => Object.assign(g, { hiddenSize: 5 }),
      /weight_ih_l0.shape is \[18,4\]/,
    ],
    [
      'too few numbers',
      'sequence-gru-basic.json',
      (g) => (g.y as { data: number[] }).data.pop(),
      /y.data .* 90 numbers/,
    ],
    [
      'a text in place of a number',
      'sequence-gru-basic.json',
      (g) => Object.assign((g.y as { data: unknown[] }).data, ['1']),
      /y.data/,
    ],
    [
      'an optimizer’s unknown option',
      'optimizer-sgd.json',
      (g) => Object.assign(g.config as Json, { dampening: 0.1 }),
      /config.dampening/,
    ],
    [
      'an unknown optimizer',
      'optimizer-sgd.json',
      (g) => Object.assign(g.config as Json, { kind: 'lion' }),
      /config.kind is "lion"/,
    ],
    [
      'an unknown clipping',
      'optimizer-sgd.json',
      (g) => Object.assign(g, { clip: ['norm', 1] }),
      /clip is \["norm",1\]/,
    ],
  ];
  test.each(cases)('%s', (_, file, change, message) => {
    const golden = read(file);
    change(golden);
    const parse = () => parseGolden(file, JSON.stringify(golden));
    expect(parse).toThrow(FormatError);
    expect(parse).toThrow(message);
    expect(parse).toThrow(file);
  });
  test('a truncated file', () => {
    expect(() => parseGolden('cut.json', '{"name": "x", "kin')).toThrow(/^cut.json: not JSON/);
  });
});
