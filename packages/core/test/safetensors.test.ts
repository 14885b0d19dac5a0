import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NDArray } from '../src/data/ndarray.js';
import { FormatError } from '../src/errors.js';
import { decodeSafetensors, encodeSafetensors } from '../src/files/safetensors.js';

/** A file with a header (an object, or the text itself) and a number of bytes for the numbers. */
function file(header: unknown, numbers = 0, length?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + numbers);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const tensor = (shape: unknown, offsets: unknown, dtype: unknown = 'F32') => ({
  dtype,
  shape,
  data_offsets: offsets,
});

const arrays = fc
  .record({
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
    double: fc.boolean(),
    seed: fc.double({ noDefaultInfinity: true, noNaN: true }),
  })
  .map(({ shape, double, seed }): NDArray => {
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    const values = Array.from({ length: size }, (_, i) => seed * (i + 1));
    return { data: double ? Float64Array.from(values) : Float32Array.from(values), shape };
  });
const files = fc.record({
  tensors: fc.dictionary(fc.string({ maxLength: 6 }), arrays, { maxKeys: 5 }),
  metadata: fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' }), { maxKeys: 3 }),
});

describe('safetensors', () => {
  it('reads its own files, also at an odd memory offset, and aligns the numbers', () => {
    fc.assert(
      fc.property(files, fc.integer({ min: 0, max: 9 }), ({ tensors, metadata }, shift) => {
        const bytes = encodeSafetensors(tensors, metadata);
        expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0);
        const moved = new Uint8Array(bytes.length + shift).subarray(shift);
        moved.set(bytes);
        const decoded = decodeSafetensors(moved);
        expect(Object.entries(decoded.tensors).sort()).toEqual(Object.entries(tensors).sort());
        expect(Object.entries(decoded.metadata)).toEqual(Object.entries(metadata));
      }),
    );
  });

  it('writes the same bytes for every order of the names', () => {
    const a = { data: Float32Array.of(1, 2), shape: [2] };
    const b = { data: Float64Array.of(3), shape: [1, 1] };
    expect(encodeSafetensors({ b, a })).toEqual(encodeSafetensors({ a, b }));
    const text = new TextDecoder().decode(encodeSafetensors({ b, a }, { version: '1' }));
    expect(text.slice(8)).toMatch(
      /^{"__metadata__":{"version":"1"},"a":{"dtype":"F32","shape":\[2],"data_offsets":\[0,8]},"b"/,
    );
  });

  it('reads a file without metadata, as written by other programs', () => {
    expect(decodeSafetensors(file({ w: tensor([2], [0, 8]) }, 8))).toEqual({
      tensors: { w: { data: new Float32Array(2), shape: [2] } },
      metadata: {},
    });
  });

  it('reads 16-bit numbers as float32', () => {
    const bytes = file({ h: tensor([6], [0, 12], 'F16'), b: tensor([3], [12, 18], 'BF16') }, 18);
    const halves = [0x3e00, 0xc000, 0x7bff, 0x0001, 0x8000, 0x7c00];
    const [h, b] = [halves, [0x3fc0, 0xc040, 0x7f7f]].map((bits) =>
      Buffer.from(Uint16Array.from(bits).buffer),
    );
    bytes.set(h, bytes.length - 18);
    bytes.set(b, bytes.length - 6);
    const { tensors } = decodeSafetensors(bytes);
    expect(tensors.h.data).toEqual(Float32Array.of(1.5, -2, 65504, 2 ** -24, -0, Number.POSITIVE_INFINITY));
    expect(tensors.b.data).toEqual(Float32Array.of(1.5, -3, (2 - 2 ** -7) * 2 ** 127));
  });

  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'has at least 8 bytes, but this file has 0'],
    ['a header beyond the file', file({}, 0, 3n), 'the header length is 3 bytes, but the file has 2'],
    [
      'a header of 2^64 − 1 bytes',
      file({}, 0, 2n ** 64n - 1n),
      'the header length is 18446744073709551615 bytes',
    ],
    ['a header that is cut', file('{"w":', 0), 'must be JSON'],
    ['a header that is a list', file([], 0), 'must be a JSON object, not []'],
    [
      'an unknown type',
      file({ w: tensor([1], [0, 2], 'I64') }, 2),
      'tensor "w": dtype must be F32, F64, F16, BF16, not "I64"',
    ],
    [
      'a negative dimension',
      file({ w: tensor([-1, -1], [0, 4]) }, 4),
      'must be a list of whole numbers, not [-1,-1]',
    ],
    ['a fractional dimension', file({ w: tensor([0.5, 2], [0, 4]) }, 4), 'must be a list of whole numbers'],
    [
      '10^12 elements',
      file({ w: tensor([1e12], [0, 4e12]) }, 8),
      'ends at byte 4000000000000, but the file has 8',
    ],
    [
      '10^12 elements in 8 bytes',
      file({ w: tensor([1e6, 1e6], [0, 8]) }, 8),
      'takes 4000000000000 bytes, but data_offsets [0,8] hold 8',
    ],
    ['a shape that overflows', file({ w: tensor([2 ** 52, 2 ** 52, 2 ** 52], [0, 8]) }, 8), 'takes'],
    [
      'a shape that is no list',
      file({ w: tensor('2', [0, 8]) }, 8),
      'shape must be a list of whole numbers, not "2"',
    ],
    ['offsets that go back', file({ w: tensor([2], [8, 0]) }, 8), 'data_offsets [8,0] hold -8'],
    [
      'offsets beyond the file',
      file({ w: tensor([2], [0, 8]) }, 4),
      'ends at byte 8, but the file has 4 bytes',
    ],
    ['three offsets', file({ w: tensor([1], [0, 4, 8]) }, 8), 'data_offsets must be two whole numbers'],
    [
      'overlapping tensors',
      file({ v: tensor([2], [0, 8]), w: tensor([2], [4, 12]) }, 12),
      '"w" overlaps another tensor: it begins at byte 4, not 8',
    ],
    ['a gap', file({ v: tensor([1], [0, 4]), w: tensor([1], [8, 12]) }, 12), '"w" leaves a gap'],
    [
      'bytes of no tensor',
      file({ v: tensor([1], [0, 4]) }, 12),
      'the tensors take 4 bytes, but the file has 12',
    ],
    [
      'the same name twice',
      file(
        '{"v":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"v":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
        8,
      ),
      'leaves a gap',
    ],
    ['a tensor that is no object', file({ v: 3 }), 'must be an object in the header, not 3'],
    [
      'metadata that is not text',
      file({ __metadata__: { version: 1 } }),
      '__metadata__ in the header must be an object of strings',
    ],
  ])('rejects %s', (_name, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(FormatError);
    expect(() => decodeSafetensors(bytes)).toThrow(message);
  });

  it('reads a tensor named __proto__ like any other tensor', () => {
    const entry = JSON.stringify(tensor([1], [0, 4]));
    const { tensors } = decodeSafetensors(file(`{"__proto__":${entry}}`, 4));
    expect(Object.keys(tensors)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(tensors)).toBe(Object.prototype);
  });

  it('reads a damaged file or throws a FormatError', () => {
    const change = fc.record({ at: fc.nat(), to: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(
        files,
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        ({ tensors, metadata }, changes, cut) => {
          const bytes = encodeSafetensors(tensors, metadata);
          for (const { at, to } of changes) bytes[at % bytes.length] = to;
          for (const damaged of [bytes, bytes.subarray(0, cut % bytes.length)]) {
            try {
              decodeSafetensors(damaged);
            } catch (error) {
              expect(error).toBeInstanceOf(FormatError);
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
