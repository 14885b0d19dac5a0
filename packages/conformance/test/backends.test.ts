import { type CpuOptions, cpu } from '@recurra/backend-cpu';
import { DeviceError } from '@recurra/core';
import { expect, test } from 'vitest';
import { describeBackend } from '../src/vitest.js';

// The default configuration. The scoreboard has a column for every other configuration and for the other
// backends.
describeBackend({ name: 'cpu', create: cpu });

/**
 * The configurations of the CPU backend, and the device that it then reports. The engine determines which are
 * available.
 */
const WAYS: Record<string, CpuOptions> = {
  'WebAssembly SIMD128, 1 thread': { simd: 'simd128', threads: 1 },
  'WebAssembly relaxed SIMD, 1 thread': { simd: 'relaxed', threads: 1 },
  'WebAssembly SIMD128, 2 threads': { simd: 'simd128', threads: 2 },
};

test.each(Object.entries(WAYS))('cpu runs on %s, or reports what is missing', async (device, options) => {
  const made = await cpu(options).catch((error: Error) => error);
  if (made instanceof Error) {
    expect(made).toBeInstanceOf(DeviceError);
    return;
  }
  expect(made.device).toBe(device);
  made.dispose();
});
