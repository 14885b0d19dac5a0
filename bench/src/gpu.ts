/* What a system computes on, where that is a GPU or acts as one. */
import type { GpuKind } from '@recurra/conformance';
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

/** What runs on another kind of GPU than was asked for, or that nothing runs on one; undefined where all is well. */
export function wrongGpu(
  systems: readonly { readonly system: string; readonly gpu?: Gpu }[],
  kind: GpuKind,
): string | undefined {
  const onGpu = systems.filter(({ gpu }) => gpu !== undefined);
  if (onGpu.length === 0) return `--gpu ${kind}: nothing here runs on a GPU`;
  const wrong = onGpu.find(({ gpu }) => gpu?.software !== (kind === 'software'));
  return wrong && `--gpu ${kind}: ${wrong.system} runs on ${wrong.gpu?.adapter}, which is not that`;
}
