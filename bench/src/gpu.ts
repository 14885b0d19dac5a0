/* What a system computes on, where that is a GPU or acts as one. */
import { namesSoftware } from '@recurra/core';
import type { Host } from './host.js';
import { Declined, type Gpu } from './system.js';

/**
 * The adapter that WebGPU gives for speed.
 * @throws Declined where there is none
 */
export async function webgpuAdapter(host: Host): Promise<Gpu> {
  await host.provideWebgpu();
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Declined('WebGPU has no adapter here');
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  const name = [vendor, architecture, device, description].filter((word) => word !== '').join(' ');
  return { adapter: name, software: isFallbackAdapter || namesSoftware(name) };
}

/** What draws for a WebGL context. */
export function webglRenderer(gl: WebGLRenderingContext): Gpu {
  const names = gl.getExtension('WEBGL_debug_renderer_info');
  const name = String(gl.getParameter(names?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER));
  return { adapter: name, software: namesSoftware(name) };
}
