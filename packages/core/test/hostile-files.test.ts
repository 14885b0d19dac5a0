/* Malicious files: each either loads or causes a typed error with a short message, and takes little time. */
import { reference } from '@recurra/backend-reference';
import {
  bidirectional,
  conv1d,
  dense,
  dropout,
  embedding,
  FormatError,
  gru,
  loadNetwork,
  lstm,
  type NDArray,
  RecurraError,
  repeatVector,
  sequential,
} from '@recurra/core';
import { encodeSafetensors } from '@recurra/core/files';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';

const backend = await reference();
afterAll(() => backend.dispose());

/** A model file with a description, which is an object or the text itself. */
function file(model: unknown, tensors: Record<string, NDArray> = {}): Uint8Array {
  const text = typeof model === 'string' ? model : JSON.stringify(model);
  return encodeSafetensors(tensors, { format: 'recurra', version: '1', model: text, seed: '0' });
}

const described = (layers: unknown[], inputShape: unknown = [null, 2]) => ({ inputShape, layers });
const layer = (kind: unknown, options: unknown = {}) => ({ kind, options });

/**
 * Loads a file and returns the error's message, or '' if it loads. Checks that this is fast, that the message is short,
 * and that no memory stays in use.
 */
async function outcome(bytes: Uint8Array): Promise<string> {
  const held = backend.memory();
  const began = process.cpuUsage();
  let message = '';
  try {
    (await loadNetwork(bytes, backend)).dispose();
  } catch (error) {
    expect(error).toBeInstanceOf(RecurraError);
    message = (error as Error).message;
  }
  // Ten times the CPU time that it takes. Work that grows with the square of the file's length takes far more.
  expect(process.cpuUsage(began).user).toBeLessThan(1e6 + 4 * bytes.length);
  expect(message.length).toBeLessThanOrEqual(2000);
  expect(backend.memory()).toEqual(held);
  return message;
}

const nested = (open: string, close: string, times: number, inner = '') =>
  open.repeat(times) + inner + close.repeat(times);
const long = 'x'.repeat(3e6);

describe('a hostile file', () => {
  it.each<[string, () => Uint8Array, RegExp]>([
    [
      '3,000 units without weights',
      () => file(described([layer('lstm', { units: 3000 })])),
      /0\.kernel \[2,12000\] is missing/,
    ],
    [
      '10^9 units',
      () => file(described([layer('dense', { units: 1e9 }), layer('lstm', { units: 1e9 })])),
      /0\.kernel \[2,1000000000\] is missing/,
    ],
    [
      'units beyond the exact whole numbers',
      () => file(described([layer('dense', { units: 2 ** 53 })])),
      /a positive whole number/,
    ],
    [
      '10^5 layers without weights',
      () => file(described(Array(1e5).fill(layer('dense', { units: 1 })))),
      /0\.kernel \[2,1\] is missing/,
    ],
    [
      '10^5 layers that do not fit',
      () =>
        file(described([...Array(1e5).fill(layer('dropout', { rate: 0 })), layer('repeat', { times: 2 })])),
      /layer 100000, repeatVector takes a vector/,
    ],
    ['nesting', () => file(nested('[', ']', 1e6)), /nested more than 100 deep/],
    ['nesting of objects', () => file(nested('{"layers":', '}', 1e5, '0')), /nested more than 100 deep/],
    [
      'nesting in an option',
      () =>
        file(`{"inputShape":[2],"layers":[{"kind":"dense","options":{"units":${nested('[', ']', 1e6)}}}]}`),
      /nested more than 100 deep/,
    ],
    [
      'deeply nested layers',
      () => {
        const open = '{"kind":"bidirectional","options":{"forward":';
        return file(`{"inputShape":[2,2],"layers":[${nested(open, '}}', 1e4, '0')}]}`);
      },
      /nested more than 100 deep/,
    ],
    ['a long kind', () => file(described([layer(long)])), /kind "xxx/],
    ['a long option', () => file(described([layer('lstm', { [long]: 1 })])), /unknown option "xxx/],
    ['a long value', () => file(described([layer('lstm', { units: long })])), /not "xxx/],
    [
      'a long list as a value',
      () => file(described([layer('dense', { units: Array(1e6).fill(1) })])),
      /not \[1,1/,
    ],
    ['a long shape', () => file(described([layer('flatten')], Array(1e6).fill(1))), /inputShape must be/],
    [
      'many names',
      () => file(Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => [`n${i}`, i]))),
      /a model must/,
    ],
    ['text that is not JSON', () => file(`{"inputShape":"${long}`), /must be JSON, not/],
  ])('with %s is rejected', async (_, make, message) => {
    const bytes = make();
    await expect(loadNetwork(bytes, backend)).rejects.toThrow(FormatError);
    expect(await outcome(bytes)).toMatch(message);
  });

  it('with a deeply nested header, or a tensor of a million dimensions, is rejected', async () => {
    const headed = (text: string) => {
      const json = new TextEncoder().encode(text);
      const bytes = new Uint8Array(8 + json.length);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
      bytes.set(json, 8);
      return bytes;
    };
    expect(await outcome(headed(nested('[', ']', 1e6)))).toMatch(/nested more than 100 deep/);
    const shape = Array(1e6).fill(2);
    expect(
      await outcome(headed(JSON.stringify({ w: { dtype: 'F32', shape, data_offsets: [0, 8] } }))),
    ).toMatch(/of shape \[2,2/);
  });

  it('without weights loads, and allocates nothing for its large outputs', async () => {
    expect(await outcome(file(described([layer('repeat', { times: 1e9 })], [2])))).toBe('');
    expect(await outcome(file(described(Array(1e5).fill(layer('activation', { activation: 'tanh' })))))).toBe(
      '',
    );
    expect(
      await outcome(file(described([layer('flatten'), layer('repeat', { times: 1e9 })], [1e9, 1e9]))),
    ).toBe('');
  });

  it('with any part of a valid description changed is rejected or loads', async () => {
    const models = [
      sequential([embedding({ inputDim: 3, outputDim: 2 }), lstm({ units: 2, projection: 1 })], {
        inputShape: [null],
      }),
      sequential(
        [
          bidirectional(gru({ units: 2, returnSequences: true })),
          dropout({ rate: 0.1 }),
          dense({ units: 1 }),
        ],
        {
          inputShape: [4, 2],
        },
      ),
      sequential([conv1d({ filters: 2, kernelSize: 2, padding: 'causal' })], { inputShape: [null, 1] }),
      sequential([dense({ units: 2, activation: { kind: 'elu', alpha: 2 } }), repeatVector({ n: 3 })], {
        inputShape: [2],
      }),
    ];
    const originals = await Promise.all(
      models.map(async (model) => ({
        text: JSON.stringify(model),
        tensors: await model.on(backend).getWeights(),
      })),
    );
    const values = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(
        -1,
        0,
        0.5,
        1e9,
        2 ** 53,
        1e300,
        '',
        null,
        [],
        {},
        '__proto__',
        'constructor',
        'lstm',
        'none',
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(3), fc.nat(), fc.nat(2), values, async (which, at, how, value) => {
        const { text, tensors } = originals[which];
        const description = JSON.parse(text);
        const parts = partsOf(description);
        const [parent, key] = parts[at % parts.length];
        if (how === 0) delete parent[key];
        else if (how === 1) parent[key] = value as never;
        else if (Array.isArray(parent)) parent.push(value);
        else parent[JSON.stringify(value)] = parent[key];
        await outcome(file(description, tensors));
      }),
      { numRuns: 500 },
    );
  });
});

/** Yields every position in a JSON value. */
function partsOf(value: unknown): [Record<string, unknown>, string][] {
  if (typeof value !== 'object' || value === null) return [];
  const parent = value as Record<string, unknown>;
  return Object.keys(parent).flatMap((key) => [
    [parent, key] as [typeof parent, string],
    ...partsOf(parent[key]),
  ]);
}
