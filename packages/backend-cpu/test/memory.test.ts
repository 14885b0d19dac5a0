import { DeviceError, OptionError, StateError, type Tensor } from '@recurra/core';
import { FreedTensorError } from '@recurra/core/backend';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Heap } from '../src/heap.js';
import { cpu } from '../src/index.js';
import { numbers } from './support.js';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the heap', () => {
  it('allocates no byte twice, and is one free block again when everything is freed', () => {
    const requests = fc.array(fc.record({ bytes: fc.nat(5000), free: fc.nat(20) }), {
      minLength: 1,
      maxLength: 200,
    });
    fc.assert(
      fc.property(requests, (requests) => {
        let length = 0;
        const heap = new Heap(1000, (bytes) => {
          length = Math.max(length, bytes);
          return true;
        });
        const held: { start: number; bytes: number }[] = [];
        for (const { bytes, free } of requests) {
          const start = heap.allocate(bytes) as number;
          expect(start % 64).toBe(0);
          expect(start + bytes + 64).toBeLessThanOrEqual(length);
          for (const other of held) {
            const disjoint = start >= other.start + other.bytes || other.start >= start + bytes;
            expect(disjoint || bytes === 0 || other.bytes === 0).toBe(true);
          }
          held.push({ start, bytes });
          if (free < held.length)
            for (const block of held.splice(free, 1)) heap.free(block.start, block.bytes);
        }
        for (const block of held) heap.free(block.start, block.bytes);
        expect(heap.held).toBe(0);
        const [whole, most] = [length - 64 - 1024, length];
        expect(heap.allocate(whole)).toBe(1024);
        expect(length).toBe(most);
      }),
    );
  });
});

describe('memory', () => {
  it('keeps its contents while it grows, and reuses freed memory', async () => {
    const backend = await cpu();
    const data = numbers(1000, 1);
    const small = backend.upload(data, [1000]);
    const reading = backend.read(small);
    const large = backend.fill([2_000_000], 2);
    expect(await reading).toEqual(data);
    expect(await backend.read(small)).toEqual(data);
    backend.free(large);
    expect(backend.memory()).toEqual({ tensors: 1, bytes: 4000 });

    // 4 GB in total, but less than a twentieth of that at a time.
    for (let i = 0; i < 100; i++) backend.free(backend.fill([10_000_000 + i * 1000], 1));
    expect(backend.memory()).toEqual({ tensors: 1, bytes: 4000 });
  });

  it('does not grow over 10,000 steps', async () => {
    const backend = await cpu();
    const grow = vi.spyOn(WebAssembly.Memory.prototype, 'grow');
    const weights = backend.upload(numbers(64 * 64, 2), [64, 64]);
    for (let step = 0; step < 10_000; step++) {
      const x = backend.fill([1 + (step % 40), 64], 0.1);
      const y = backend.matmul(x, weights, false, false);
      const sum = backend.sum(y, [0, 1]);
      for (const tensor of [x, y, sum]) backend.free(tensor);
    }
    expect(grow).not.toHaveBeenCalled();
    expect(backend.memory()).toEqual({ tensors: 1, bytes: 64 * 64 * 4 });
  });

  it('throws an error with the bytes requested and held when memory is exhausted, and goes on working', async () => {
    const backend = await cpu();
    const one = backend.fill([1000], 1);
    const before = backend.memory();
    expect(() => backend.fill([1 << 30], 0)).toThrow(DeviceError);
    expect(() => backend.fill([1 << 30], 0)).toThrow(/4294967296 bytes were asked for, and \d+ are held/);
    const logits = backend.fill([300, 1000], 0);
    const rows = backend.fill([300], 0);
    // Fails half-way: there is memory for the result, but not for the scratch memory.
    vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(() => {
      throw new RangeError();
    });
    const inputs = { logits, targets: rows, weights: rows };
    const spec = { rows: 300, classes: 1000, training: true };
    const held: Tensor[] = [];
    expect(() => {
      for (;;) {
        const { loss, saved } = backend.fused.crossEntropy!.forward(spec, inputs);
        held.push(loss, ...saved);
      }
    }).toThrow(DeviceError);
    for (const x of held) backend.free(x);
    for (const x of [logits, rows]) backend.free(x);
    expect(backend.memory()).toEqual(before);
    expect((await backend.read(one))[0]).toBe(1);
  });

  it('refuses freed tensors, and every call once it is disposed of', async () => {
    const backend = await cpu();
    const x = backend.fill([2], 1);
    const alias = backend.reshape(x, [1, 2]);
    backend.free(x);
    expect(() => backend.unary('exp', x)).toThrow(FreedTensorError);
    expect(await backend.read(alias)).toEqual(Float32Array.of(1, 1));
    backend.dispose();
    backend.dispose();
    expect(() => backend.fill([1], 0)).toThrow(StateError);
    expect(() => backend.unary('exp', alias)).toThrow(StateError);
    await expect(backend.read(alias)).rejects.toThrow(StateError);
  });
});

describe('starting', () => {
  it('refuses unknown options and values', async () => {
    await expect(cpu({ cores: 2 } as never)).rejects.toThrow(OptionError);
    await expect(cpu({ simd: 'avx' } as never)).rejects.toThrow(OptionError);
    await expect(cpu({ threads: 0 })).rejects.toThrow(OptionError);
  });

  it('says which WebAssembly feature is missing', async () => {
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    await expect(cpu()).rejects.toThrow(DeviceError);
    await expect(cpu()).rejects.toThrow('128-bit SIMD');
    await expect(cpu({ simd: 'relaxed' })).rejects.toThrow('relaxed SIMD');
  });
});
