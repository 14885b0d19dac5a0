/*
 * Finds the backends that this browser can run, as far as is known without loading them. Called in a worker.
 */
import type { BackendName } from './protocol.js';

/** For each backend that cannot run in this browser, the reason. */
export async function missingBackends(): Promise<Partial<Record<BackendName, string>>> {
  const webgl = whyNoWebGl();
  const webgpu = await whyNoWebGpu();
  return { ...(webgl && { webgl }), ...(webgpu && { webgpu }) };
}

function whyNoWebGl(): string | undefined {
  if (typeof OffscreenCanvas === 'undefined') return 'this browser has no WebGL in workers';
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!gl) return 'this browser has no WebGL2: there is no GPU, or it is switched off';
  const floats = gl.getExtension('EXT_color_buffer_float');
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return floats ? undefined : 'the WebGL2 of this browser cannot draw to float textures';
}

async function whyNoWebGpu(): Promise<string | undefined> {
  const { gpu } = navigator as Navigator & { gpu?: { requestAdapter(): Promise<unknown> } };
  if (!gpu) return isSecureContext ? 'this browser has no WebGPU' : 'WebGPU needs https or localhost';
  return (await gpu.requestAdapter()) ? undefined : 'this browser finds no GPU for WebGPU';
}
