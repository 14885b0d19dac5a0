/* The backend reports silent failures of gpu.js and WebGL as errors. */
import { DeviceError, OptionError } from '@recurra/core';
import { expect, test } from 'vitest';
import { type Device, openDevice } from '../src/device.js';
import { gpujs } from '../src/index.js';
import { kernels } from '../src/kernels.js';
import { memory } from '../src/memory.js';
import { TexturePool } from '../src/pool.js';

/** A device in mode `cpu` with other limits. */
function deviceWith(limits: Partial<Device>): Device {
  return { ...openDevice('cpu'), ...limits };
}

const SUM = { source: 'function (a, b) { return a[0] + b[0]; }', types: ['texture', 'texture'] } as const;

test('a kernel that runs in another mode than requested', () => {
  const device = deviceWith({});
  const gpu = {
    ...device.gpu,
    functions: device.gpu.functions,
    Kernel: class {},
    createKernel: device.gpu.createKernel.bind(device.gpu),
  };
  const launch = kernels({ ...device, gpu }, new TexturePool()).of('sum', () => SUM);
  const one = Float32Array.of(1);
  expect(() => launch([1, 1], one, one)).toThrow(DeviceError);
  expect(() => launch([1, 1], one, one)).toThrow('sum did not run on cpu');
});

test('more textures than a kernel can read, and more results than it can write', () => {
  const { of, several } = kernels(deviceWith({ units: 1, results: 2 }), new TexturePool());
  expect(() => of('sum', () => SUM)).toThrow('sum reads 2 textures, but a kernel can read only 1 here');
  const also = ['function p(a) { return a; }', 'function q(a) { return a; }'];
  expect(() => several('three', () => ({ ...SUM, types: [], also }))).toThrow(
    'three has 3 results, but a kernel can have only 2 here',
  );
});

test('a tensor with more elements than a texture has', () => {
  const device = deviceWith({ side: 4 });
  const pool = new TexturePool();
  const { upload, memory: usage } = memory(device, kernels(device, pool), pool);
  upload(new Float32Array(16), [2, 8]);
  expect(() => upload(new Float32Array(17), [17])).toThrow(DeviceError);
  expect(() => upload(new Float32Array(17), [17])).toThrow('has 17 elements, but the maximum is 16');
  expect(usage()).toEqual({ tensors: 1, bytes: 64 });
});

test('a mode that does not exist, and one that is not available', async () => {
  await expect(gpujs({ mode: 'gpu' as never })).rejects.toThrow(OptionError);
  await expect(gpujs({ mode: 'webgl2' })).rejects.toThrow(DeviceError);
  await expect(gpujs({ mode: 'webgl2' })).rejects.toThrow("in Node, use mode 'headless-gl'");
});
