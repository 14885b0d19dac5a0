/* The backends, each loaded when it is picked. */
import { cpu } from '@recurra/backend-cpu';
import type { Backend } from '@recurra/core';
import type { BackendName } from './protocol.js';

/** @throws DeviceError if it does not run here */
export async function createBackend(name: BackendName): Promise<Backend> {
  switch (name) {
    case 'webgl':
      return (await import('@recurra/backend-gpujs')).gpujs();
    case 'webgpu':
      // A software adapter is slow but lets the reader try WebGPU. The page shows the device's name, which
      // includes that.
      return (await import('@recurra/backend-webgpu')).webgpu({ allowSoftware: true });
    case 'reference':
      return (await import('@recurra/backend-reference')).reference();
    default:
      return cpu();
  }
}
