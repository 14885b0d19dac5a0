/* The systems that the reader can pick, and why some cannot be picked here. */
import type { PageSystem } from '@recurra/bench/systems/in-page';
import type { missingBackends } from '@recurra/demos/missing';

/** Backends that this browser does not have, with the reasons. */
export type Missing = Awaited<ReturnType<typeof missingBackends>>;

interface Entry {
  readonly label: string;
  /** What it is, for those who do not know it. */
  readonly told: string;
  readonly needs?: 'webgl' | 'webgpu';
  /** Picked at first. */
  readonly usual?: true;
  /** It can run with more than one thread. */
  readonly threaded?: true;
}

export const systems: Readonly<Record<PageSystem, Entry>> = {
  'recurra-cpu': { label: 'Recurra, CPU', told: 'WebAssembly, fused kernels', usual: true, threaded: true },
  'recurra-composed': {
    label: 'Recurra, CPU, composed',
    told: 'WebAssembly, from the required operations alone',
    threaded: true,
  },
  'recurra-gpujs': { label: 'Recurra, WebGL', told: 'through gpu.js', needs: 'webgl' },
  'recurra-webgpu': { label: 'Recurra, WebGPU', told: 'compute shaders', needs: 'webgpu' },
  'tfjs-wasm': { label: 'TensorFlow.js, WebAssembly', told: 'its layers', usual: true, threaded: true },
  'tfjs-cpu': { label: 'TensorFlow.js, CPU', told: 'its layers, in plain JavaScript' },
  'tfjs-webgl': { label: 'TensorFlow.js, WebGL', told: 'its layers', needs: 'webgl' },
  'tfjs-webgpu': { label: 'TensorFlow.js, WebGPU', told: 'its layers', needs: 'webgpu' },
  'onnxruntime-web': {
    label: 'ONNX Runtime Web, WebAssembly',
    told: 'one ONNX node; it does not train',
    usual: true,
    threaded: true,
  },
  'onnxruntime-webgpu': {
    label: 'ONNX Runtime Web, WebGPU',
    told: 'one ONNX node, LSTM or GRU; it does not train',
    needs: 'webgpu',
  },
};

export const systemNames = Object.keys(systems) as readonly PageSystem[];

/** Undefined where it runs here, as far as that shows without loading it. */
export function whyNot(system: PageSystem, missing: Missing): string | undefined {
  const { needs } = systems[system];
  return needs && missing[needs];
}

/** Numbers of threads to pick from: more than one needs shared memory. */
export function threadChoices(): readonly number[] {
  if (!crossOriginIsolated) return [1];
  const cores = navigator.hardwareConcurrency;
  return [1, 2, 4, 8, 16].filter((threads) => threads === 1 || threads <= cores);
}
