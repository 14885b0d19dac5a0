/* Recurra on WebGPU, on a device of its own. */
import { webgpu } from '@recurra/backend-webgpu';
import manifest from '@recurra/backend-webgpu/package.json' with { type: 'json' };
import { webgpuAdapter } from '../gpu.js';
import { Declined, type System } from '../system.js';
import { openedOn } from './recurra.js';

export const recurraWebgpu: System = {
  async open(threads, host) {
    if (threads !== 1) throw new Declined('it has one thread');
    const gpu = await webgpuAdapter(host);
    const backend = await webgpu({ allowSoftware: true });
    return openedOn(backend, { version: manifest.version, gpu });
  },
};
