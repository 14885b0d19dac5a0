/* What this browser cannot run, as far as is known without loading a backend. Called in a worker. */
import { webglRenderer, webgpuAdapter } from '@recurra/bench/gpu';
import { missingBackends } from '@recurra/demos/missing';
import type { Missing } from '../systems.js';

export async function missingHere(): Promise<Missing> {
  const backends = await missingBackends();
  const software = [
    ...(backends.webgl ? [] : [webglIsSoftware()]),
    ...(backends.webgpu ? [] : [(await webgpuAdapter({ provideWebgpu: async () => {} })).software]),
  ];
  const hardware = 'needs a real GPU: a step takes minutes on one that is emulated in software';
  return { ...backends, ...(!software.includes(false) && { hardware }) };
}

function webglIsSoftware(): boolean {
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!gl) throw new Error('the WebGL2 context was lost');
  const { software } = webglRenderer(gl);
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return software;
}
