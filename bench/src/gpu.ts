/* The GPU that a system runs on, real or emulated. */
import type { GpuKind } from '@recurra/conformance';
import { namesSoftware } from '@recurra/core/backend';
import { Declined, type Gpu, type Host } from './system.js';

/**
 * WebGPU's adapter for high performance.
 * @throws Declined if there is none
 */
export async function webgpuAdapter(host: Pick<Host, 'provideWebgpu'>): Promise<Gpu> {
  await host.provideWebgpu();
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Declined('WebGPU has no adapter here');
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  const name = [vendor, architecture, device, description].filter((word) => word !== '').join(' ');
  return { adapter: name, software: isFallbackAdapter || namesSoftware(name) };
}

/** The renderer of a WebGL context. */
export function webglRenderer(gl: WebGLRenderingContext): Gpu {
  const names = gl.getExtension('WEBGL_debug_renderer_info');
  const name = String(gl.getParameter(names?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER));
  return { adapter: name, software: namesSoftware(name) };
}

/**
 * The reason why the systems do not satisfy `--gpu`: one runs on the other kind of GPU, or none runs on a
 * GPU. Undefined if they do.
 */
export function wrongGpu(
  systems: readonly { readonly system: string; readonly gpu?: Gpu }[],
  kind: GpuKind,
): string | undefined {
  const onGpu = systems.filter(({ gpu }) => gpu !== undefined);
  if (onGpu.length === 0) return `--gpu ${kind}: none of the systems runs on a GPU`;
  const wrong = onGpu.find(({ gpu }) => gpu?.software !== (kind === 'software'));
  return wrong && `--gpu ${kind}: ${wrong.system} runs on ${wrong.gpu?.adapter}, which is not ${kind}`;
}
