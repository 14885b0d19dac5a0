/* The systems that run in a page. A system's module is imported when the page first needs it. */
import type { System } from '../system.js';

export const systemsInPage = {
  'recurra-cpu': async () => (await import('./recurra-cpu.js')).recurraCpu,
  'recurra-composed': async () => (await import('./recurra-cpu.js')).recurraComposed,
  'recurra-gpujs': async () => (await import('./recurra-gpujs.js')).recurraGpujs,
  'recurra-webgpu': async () => (await import('./recurra-webgpu.js')).recurraWebgpu,
  'onnxruntime-web': async () => (await import('./onnxruntime.js')).onnxruntimeWeb,
  'onnxruntime-webgpu': async () => (await import('./onnxruntime.js')).onnxruntimeWebgpu,
  'tfjs-wasm': async () => (await import('./tfjs.js')).tfjsWasm,
  'tfjs-cpu': async () => (await import('./tfjs.js')).tfjsCpu,
  'tfjs-webgl': async () => (await import('./tfjs.js')).tfjsWebgl,
  'tfjs-webgpu': async () => (await import('./tfjs.js')).tfjsWebgpu,
} satisfies Record<string, () => Promise<System>>;

export type PageSystem = keyof typeof systemsInPage;
