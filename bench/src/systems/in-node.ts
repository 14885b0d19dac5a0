/* The systems that run in Node. A system's module is imported in the process that measures it. */
import type { System } from '../system.js';

export const systemsInNode = {
  'recurra-cpu': async () => (await import('./recurra-cpu.js')).recurraCpu,
  'recurra-native': async () => (await import('./recurra-native.js')).recurraNative,
  'recurra-composed': async () => (await import('./recurra-cpu.js')).recurraComposed,
  'recurra-webgpu': async () => (await import('./recurra-webgpu.js')).recurraWebgpu,
  'onnxruntime-web': async () => (await import('./onnxruntime.js')).onnxruntimeWeb,
  'onnxruntime-node': async () => (await import('./onnxruntime.js')).onnxruntimeNode,
  'tfjs-wasm': async () => (await import('./tfjs.js')).tfjsWasm,
  'tfjs-cpu': async () => (await import('./tfjs.js')).tfjsCpu,
  'tfjs-webgpu': async () => (await import('./tfjs.js')).tfjsWebgpu,
  'brain.js': async () => (await import('./brain.js')).brainJs,
  pytorch: async () => (await import('./pytorch.js')).pytorch,
  'pytorch-cuda': async () => (await import('./pytorch.js')).pytorchCuda,
} satisfies Record<string, () => Promise<System>>;

export type NodeSystem = keyof typeof systemsInNode;
