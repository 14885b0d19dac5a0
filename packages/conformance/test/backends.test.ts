import { type CpuOptions, cpu } from '@recurra/backend-cpu';
import { reference } from '@recurra/backend-reference';
import { DeviceError } from '@recurra/core';
import { expect, test } from 'vitest';
import { describeBackend } from '../src/vitest.js';

describeBackend({ name: 'reference', create: reference });

/** The ways in which the CPU backend can run, and what it says then; which of them there are depends on the engine. */
const WAYS: Record<string, CpuOptions> = {
  'WebAssembly SIMD128, 1 thread': { simd: 'simd128' },
  'WebAssembly relaxed SIMD, 1 thread': { simd: 'relaxed' },
  'WebAssembly SIMD128, 2 threads': { simd: 'simd128', threads: 2 },
};

for (const [device, options] of Object.entries(WAYS)) {
  const create = () => cpu(options);
  const missing = await create().then(
    (backend) => backend.dispose(),
    (error: Error) => error,
  );
  if (!missing) describeBackend({ name: `cpu: ${device}`, create });
  test(`cpu runs on ${device}, or says what is missing`, async () => {
    if (missing) expect(missing).toBeInstanceOf(DeviceError);
    else {
      const backend = await create();
      expect(backend.device).toBe(device);
      backend.dispose();
    }
  });
}
