/* The systems that the reader can pick, and why some cannot run here. */

import type { Scenario } from '@recurra/bench/scenarios';
import type { PageSystem } from '@recurra/bench/systems/in-page';

/** What this browser lacks, with the reasons; `hardware` is a real GPU. */
export type Missing = Readonly<Partial<Record<'webgl' | 'webgpu' | 'hardware', string>>>;

interface Entry {
  readonly label: string;
  readonly description: string;
  readonly needs?: 'webgl' | 'webgpu';
  /** True if it is selected when the page opens. */
  readonly initial?: true;
  /** True if it can run with more than one thread. */
  readonly threaded?: true;
}

export const systems: Readonly<Record<PageSystem, Entry>> = {
  'recurra-cpu': {
    label: 'Recurra, CPU',
    description: 'WebAssembly, fused kernels',
    initial: true,
    threaded: true,
  },
  'recurra-composed': {
    label: 'Recurra, CPU, composed',
    description: 'WebAssembly, without fused kernels',
    threaded: true,
  },
  'recurra-gpujs': { label: 'Recurra, WebGL', description: 'through gpu.js', needs: 'webgl' },
  'recurra-webgpu': { label: 'Recurra, WebGPU', description: 'compute shaders', needs: 'webgpu' },
  'tfjs-wasm': {
    label: 'TensorFlow.js, WebAssembly',
    description: 'its layers',
    initial: true,
    threaded: true,
  },
  'tfjs-cpu': { label: 'TensorFlow.js, CPU', description: 'its layers, in plain JavaScript' },
  'tfjs-webgl': { label: 'TensorFlow.js, WebGL', description: 'its layers', needs: 'webgl' },
  'tfjs-webgpu': { label: 'TensorFlow.js, WebGPU', description: 'its layers', needs: 'webgpu' },
  'onnxruntime-web': {
    label: 'ONNX Runtime Web, WebAssembly',
    description: 'one ONNX node; it does not train',
    initial: true,
    threaded: true,
  },
  'onnxruntime-webgpu': {
    label: 'ONNX Runtime Web, WebGPU',
    description: 'one ONNX node, LSTM or GRU; it does not train',
    needs: 'webgpu',
  },
};

export const systemNames = Object.keys(systems) as readonly PageSystem[];

/** The reason why a system cannot run here, as far as is known without loading it; undefined if it can. */
export function whyNot(system: PageSystem, missing: Missing): string | undefined {
  const { needs } = systems[system];
  return needs && missing[needs];
}

/** The reason why a scenario is not measured here; undefined if it is. */
export function whyNotMeasured({ needs }: Scenario, missing: Missing): string | undefined {
  return needs && missing[needs];
}

/** The numbers of threads to pick from. More than one needs shared memory. */
export function threadChoices(): readonly number[] {
  if (!crossOriginIsolated) return [1];
  const cores = navigator.hardwareConcurrency;
  return [1, 2, 4, 8, 16].filter((threads) => threads === 1 || threads <= cores);
}
