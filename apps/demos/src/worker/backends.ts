/* The backends, each loaded when it is picked. */
import { cpu } from '@recurra/backend-cpu';
import type { Backend } from '@recurra/core';
import type { BackendName } from './protocol.js';

/** @throws DeviceError where it does not run here */
export async function createBackend(name: BackendName): Promise<Backend> {
  switch (name) {
    case 'webgl':
      return (await import('@recurra/backend-gpujs')).gpujs();
    case 'webgpu':
      // A software adapter is slow and serves to try it out; the page shows the device's name, which says so.
      return (await import('@recurra/backend-webgpu')).webgpu({ allowSoftware: true });
    case 'reference':
      return (await import('@recurra/backend-reference')).reference();
    default:
      return cpu();
  }
}

/** Why a backend is not to be had in this browser, as far as that shows without loading it. */
export async function missingBackends(): Promise<Partial<Record<BackendName, string>>> {
  const webgl = whyNoWebGl();
  const webgpu = await whyNoWebGpu();
  return { ...(webgl && { webgl }), ...(webgpu && { webgpu }) };
}

function whyNoWebGl(): string | undefined {
  if (typeof OffscreenCanvas === 'undefined') return 'this browser has no WebGL in workers';
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!gl) return 'this browser gives no WebGL2 context: it has no GPU, or it is switched off';
  const floats = gl.getExtension('EXT_color_buffer_float');
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return floats ? undefined : 'its WebGL2 cannot draw to float textures';
}

async function whyNoWebGpu(): Promise<string | undefined> {
  const { gpu } = navigator as Navigator & { gpu?: { requestAdapter(): Promise<unknown> } };
  if (!gpu) return isSecureContext ? 'this browser has no WebGPU' : 'WebGPU needs https or localhost';
  return (await gpu.requestAdapter()) ? undefined : 'this browser finds no GPU for WebGPU';
}
