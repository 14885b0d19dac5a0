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
    'ctc-lengths.json',
    'ctc-impossible.json',
    'scan-min-gru-lengths.json',
    'scan-min-lstm-reverse-lengths.json',
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
        const [, item] = conformance({ goldens: [changed] }).filter(
          ({ group, name }) => group.startsWith('goldens/') && name === changed.name,
        );
        expect((await session.run(item)).status).toBe('failed');
      }),
      { numRuns: 40 },
    );
  });
});

/** Every number of a tensor or list that has an effect: not zero and not of padding or of a row that is left out. */
function numbersOf(golden: Json): { data: number[]; index: number }[] {
  const batch = golden.batch as number;
  const lengths = (golden.inputLengths ?? golden.lengths) as number[] | null | undefined;
  const leftOut = (row: number) => (golden.losses as (number | null)[] | undefined)?.[row] === null;
  const result: { data: number[]; index: number }[] = [];
  const visit = (name: string, value: unknown) => {
    if (!value || typeof value !== 'object') return;
    if (!Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value))
        if (key !== 'shape') visit(key === 'data' ? name : key, inner);
      return;
    }
    if (/lengths$/i.test(name) || !value.some((number) => typeof number === 'number')) return;
    const features = value.length / ((golden.timeSteps as number) * batch);
    value.forEach((number, index) => {
      const row = Math.floor(index / features);
      const ofStep = ['x', 'dy', 'logits'].includes(name);
      const padding = ofStep && lengths && Math.floor(row / batch) >= lengths[row % batch];
      const skipped = leftOut(ofStep ? row % batch : name === 'dLosses' ? index : -1);
      if (number && !padding && !skipped) result.push({ data: value, index });
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
      'a missing CTC loss',
      'ctc-basic.json',
      (g) => Object.assign(g, { losses: [null, 1] }),
      /losses is \[null/,
    ],
    [
      'the CTC loss of labels that cannot be aligned',
      'ctc-impossible.json',
      (g) => Object.assign(g, { losses: [1, 2] }),
      /losses is \[1,2\]; expected .* null if its labels cannot be aligned/,
    ],
    [
      'the blank as a label',
      'ctc-basic.json',
      (g) => Object.assign(g, { targets: [[1, 0, 3], [4]] }),
      /targets is \[\[1,0,3\]/,
    ],
    [
      'another number of labels',
      'ctc-basic.json',
      (g) => Object.assign(g, { targetLengths: [3, 1] }),
      /targetLengths is \[3,1\]; expected \[3,2\]/,
    ],
    [
      'a blank that is not a class',
      'ctc-basic.json',
      (g) => Object.assign(g, { blank: 5 }),
      /blank is 5; expected a class/,
    ],
    [
      'too many frames',
      'ctc-basic.json',
      (g) => Object.assign(g, { inputLengths: [8, 9] }),
      /inputLengths is \[8,9\]/,
    ],
    ['a state without its gradient', 'scan-min-gru-basic.json', (g) => delete g.dh0, /dh0 is missing/],
    [
      'an activation of no such layer',
      'scan-min-gru-basic.json',
      (g) => Object.assign(g, { activation: 'relu' }),
      /activation is "relu"/,
    ],
    [
      'a bias that is not used',
      'scan-min-gru-basic.json',
      (g) => Object.assign(g, { bias: false }),
      /weights.bias is "an unknown field"/,
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
