/* A lost device gives a typed error, and training can be resumed on another backend. */
import { adam, DeviceError, dense, lstm, StateError, sequential } from '@recurra/core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { missing, open, titled } from './support.js';

const model = sequential([lstm({ units: 4 }), dense({ units: 1 })], { inputShape: [null, 1] });
const samples = Array.from({ length: 8 }, (_, i) => ({
  x: [0, 1, 2].map((t) => [Math.sin(i + t)]),
  y: [Math.sin(i + 3)],
}));
const options = { loss: 'meanSquaredError', optimizer: adam(), batchSize: 4 } as const;

describe.skipIf(missing)(titled('a device that is lost or fails'), () => {
  test('is reported by the promise and by the next call; free and dispose still work', async () => {
    const backend = await open();
    const x = backend.fill([2], 1);
    const reading = backend.read(x);
    backend.gpu.destroy();
    const error = await backend.lost;
    expect(error).toBeInstanceOf(DeviceError);
    expect(error.message).toContain('lost');
    await expect(reading).rejects.toThrow(DeviceError);
    expect(() => backend.fill([2], 1)).toThrow(error);
    await expect(backend.read(x)).rejects.toThrow(error);
    backend.free(x);
    expect(backend.memory().tensors).toBe(0);
    backend.dispose();
    expect(() => backend.fill([2], 1)).toThrow(StateError);
  });

  test('a GPU error outside of any call makes the next read fail, once', async () => {
    const backend = await open();
    onTestFinished(() => backend.dispose());
    const x = backend.fill([2], 1);
    backend.gpu.createShaderModule({ code: 'no WGSL' });
    await expect(backend.read(x)).rejects.toThrow(/the GPU reports: .*WGSL/);
    expect(await backend.read(x)).toEqual(Float32Array.of(1, 1));
  });

  test('training resumes from the last checkpoint on a new backend, bit for bit', async () => {
    const whole = await open();
    onTestFinished(() => whole.dispose());
    const expected = model.on(whole, { seed: 1 });
    await expected.fit(samples, { ...options, epochs: 4 }).done;

    const first = await open();
    const network = model.on(first, { seed: 1 });
    let checkpoint: Uint8Array | undefined;
    const save = (bytes: Uint8Array) => {
      checkpoint = bytes;
    };
    const run = network.fit(samples, { ...options, epochs: 4, checkpoint: { save } });
    const broken = (async () => {
      for await (const { epoch, batch } of run) if (epoch === 3 && batch === 1) first.gpu.destroy();
    })();
    await expect(broken).rejects.toThrow(DeviceError);
    await expect(network.getWeights()).rejects.toThrow(DeviceError);
    network.dispose();
    first.dispose();

    const second = await open();
    onTestFinished(() => second.dispose());
    const resumed = model.on(second, { seed: 1 });
    await resumed.fit(samples, { ...options, epochs: 4, resume: checkpoint }).done;
    expect(await resumed.getWeights()).toEqual(await expected.getWeights());
  });
});
