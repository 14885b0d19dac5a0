/* The backend starts, or reports why it cannot. */
import { DeviceError, OptionError } from '@recurra/core';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type WebGpuOptions, webgpu } from '../src/index.js';
import { missing, open, titled } from './support.js';

afterEach(() => vi.unstubAllGlobals());

test.each([
  [{ threads: 2 }, /threads/],
  [{ allowSoftware: 'yes' }, /allowSoftware must be true or false/],
  [{ powerPreference: 'low' }, /'high-performance' or 'low-power'/],
  [{ tfjs: {} }, /tfjs must be tfjs's WebGPU backend/],
])('an invalid option is rejected: %j', async (options, message) => {
  const start = webgpu(options as WebGpuOptions);
  await expect(start).rejects.toThrow(message);
  await expect(start).rejects.toBeInstanceOf(OptionError);
});

test('without an adapter, the error explains how to get one', async () => {
  vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => null } });
  const start = webgpu();
  await expect(start).rejects.toBeInstanceOf(DeviceError);
  await expect(start).rejects.toThrow(/no adapter.*npm install webgpu.*VK_ICD_FILENAMES/);
});

test('a software adapter is rejected unless it is allowed', async () => {
  const info = { description: 'llvmpipe (LLVM 15.0.6, 256 bits)', isFallbackAdapter: false };
  vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => ({ info }) } });
  const start = webgpu();
  await expect(start).rejects.toBeInstanceOf(DeviceError);
  await expect(start).rejects.toThrow(/llvmpipe.*allowSoftware: true/);
});

describe.skipIf(missing)(titled('an adapter'), () => {
  test('is reported with its name, as software or hardware', async () => {
    const backend = await open();
    onTestFinished(() => backend.dispose());
    expect(backend.device).toContain(backend.software ? 'software adapter' : 'hardware adapter');
    expect(backend.gpu.limits.maxStorageBufferBindingSize).toBeGreaterThanOrEqual(2 ** 27);
  });

  test('a tensor that is too large is a typed error with the sizes', async () => {
    const backend = await open();
    onTestFinished(() => backend.dispose());
    expect(() => backend.fill([2 ** 16, 2 ** 16], 1)).toThrow(DeviceError);
    expect(() => backend.fill([2 ** 16, 2 ** 16], 1)).toThrow(/17179869184 bytes/);
    expect(backend.memory().tensors).toBe(0);
  });
});
