/* Recurra on WebGPU. */
import { webgpu } from '@recurra/backend-webgpu';
import manifest from '@recurra/backend-webgpu/package.json' with { type: 'json' };
import { webgpuAdapter } from '../gpu.js';
import { requireOneThread, type System } from '../system.js';
import { openedOn } from './recurra.js';

export const recurraWebgpu: System = {
  async open(threads, host) {
    requireOneThread(threads);
    const gpu = await webgpuAdapter(host);
    return openedOn(await webgpu({ allowSoftware: true }), { version: manifest.version, gpu });
  },
};
