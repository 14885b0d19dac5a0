/* Recurra on WebGL, through gpu.js. */
import { gpujs } from '@recurra/backend-gpujs';
import manifest from '@recurra/backend-gpujs/package.json' with { type: 'json' };
import { requireOneThread, type System } from '../system.js';
import { openedOn } from './recurra.js';

export const recurraGpujs: System = {
  async open(threads) {
    requireOneThread(threads);
    const backend = await gpujs();
    const gpu = { adapter: backend.device, software: backend.software === true };
    return openedOn(backend, { version: manifest.version, gpu });
  },
};
