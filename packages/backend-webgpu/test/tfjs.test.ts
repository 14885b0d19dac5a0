/* Use together with an application's tfjs: one device, and tensors that are exchanged without a copy. */
import { DataError, ShapeError } from '@recurra/core';
import { ForeignTensorError } from '@recurra/core/backend';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import {
  engine,
  registerBackend,
  removeBackend,
  scalar,
  setBackend,
  square,
  type Tensor,
  tensor2d,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { webgpu } from '../src/index.js';
import { missing, open, titled } from './support.js';

describe.skipIf(missing)(titled('together with tfjs'), () => {
  let tfjs: WebGPUBackend;

  beforeAll(async () => {
    const own = await open();
    vi.stubGlobal('navigator', { gpu: {} });
    tfjs = new WebGPUBackend(own.gpu, own.gpu.adapterInfo);
    vi.unstubAllGlobals();
    // tfjs registers its kernels under this name.
    registerBackend('webgpu', () => tfjs);
    await setBackend('webgpu');
    return () => {
      removeBackend('webgpu');
      own.dispose();
    };
  });

  test('a tensor is imported, used and exported, in the same buffers', async () => {
    const backend = await webgpu({ tfjs, allowSoftware: true });
    onTestFinished(() => backend.dispose());
    expect(backend.gpu).toBe(tfjs.device);

    const theirs = square(tensor2d([1, 2, 3, 4], [2, 2]));
    const x = backend.fromTfjs(theirs);
    const y = backend.affine(x, 2, 1);
    const info = backend.toTfjs(y);
    const back: Tensor = engine().makeTensorFromTensorInfo(info, tfjs);
    backend.free(y);
    theirs.dispose();

    // First tfjs submits what both have recorded, then the backend does.
    expect(await square(back).data()).toEqual(Float32Array.of(9, 81, 361, 1089));
    expect(await backend.read(x)).toEqual(Float32Array.of(1, 4, 9, 16));
    expect(info.dataId).toBe(back.dataId);

    backend.free(x);
    back.dispose();
    expect(backend.memory()).toEqual({ tensors: 0, bytes: 0 });
  });

  test('a tensor that does not fit is rejected', async () => {
    const backend = await webgpu({ tfjs, allowSoftware: true });
    onTestFinished(() => backend.dispose());
    const x = tensor2d([1, 2, 3, 4], [2, 2]);
    const { dataId, dtype } = x;
    const numbers = tensor2d([1, 2], [1, 2], 'int32');
    const single = scalar(1);
    expect(() => backend.fromTfjs({ dataId, dtype, shape: [3, 3] })).toThrow(ShapeError);
    expect(() => backend.fromTfjs(single)).toThrow(ShapeError);
    expect(() => backend.fromTfjs(numbers)).toThrow(DataError);
    expect(() => backend.fromTfjs({ dataId: {}, dtype, shape: [2, 2] })).toThrow(ForeignTensorError);
    expect(backend.memory().tensors).toBe(0);
    for (const tensor of [x, numbers, single]) tensor.dispose();
  });

  test('dispose does not affect the application’s device and tensors', async () => {
    const backend = await webgpu({ tfjs, allowSoftware: true });
    const theirs = tensor2d([1, 2], [1, 2]);
    const x = backend.fromTfjs(theirs);
    const info = backend.toTfjs(backend.affine(x, 2, 0));
    // Nothing was read, so the work has not been submitted yet.
    backend.dispose();
    const doubled = engine().makeTensorFromTensorInfo(info, tfjs);
    expect(await doubled.data()).toEqual(Float32Array.of(2, 4));
    doubled.dispose();
    expect(await theirs.data()).toEqual(Float32Array.of(1, 2));
    theirs.dispose();
  });
});
