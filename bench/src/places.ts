/* The places where systems run, and the systems that run in each. */
import type { GpuKind } from '@recurra/conformance';
import { openProcess } from './node/channel.js';
import type { PageGpu, Pages } from './page/chromium.js';
import type { PlaceName } from './scenarios.js';
import type { NodeSystem } from './systems/in-node.js';
import type { PageSystem } from './systems/in-page.js';

interface Systems<Name> {
  /** Recurra's system that the others are compared with. */
  readonly own: Name;
  /** The other systems that are measured by default. */
  readonly peers: readonly Name[];
  /** The systems that are measured only on request. */
  readonly others: readonly Name[];
  readonly threads: readonly number[];
  /** The GPU interface that Recurra's system needs. Default: none. */
  readonly gpu?: PageGpu;
}

export interface Place extends Systems<string> {
  /** @param kind of GPU. Default: in Node the available one, in Chromium an emulated one */
  open(kind?: GpuKind): Promise<Pages>;
}

export const places: Readonly<Record<PlaceName, Place>> = {
  node: inNode({
    own: 'recurra-cpu',
    peers: [
      'recurra-native',
      'onnxruntime-web',
      'onnxruntime-node',
      'tfjs-wasm',
      'tfjs-cpu',
      'brain.js',
      'pytorch',
    ],
    others: ['recurra-composed'],
    threads: [1, 2],
  }),
  'node-webgpu': inNode({
    own: 'recurra-webgpu',
    peers: ['tfjs-webgpu', 'pytorch-cuda'],
    others: ['recurra-cpu', 'onnxruntime-web', 'tfjs-wasm', 'pytorch'],
    threads: [1],
    gpu: 'webgpu',
  }),
  'chromium-wasm': inChromium({
    own: 'recurra-cpu',
    peers: ['onnxruntime-web', 'tfjs-wasm'],
    others: ['recurra-composed'],
    threads: [1, 2],
  }),
  'chromium-webgl': inChromium({
    own: 'recurra-gpujs',
    peers: ['tfjs-webgl', 'recurra-cpu', 'onnxruntime-web'],
    others: ['tfjs-wasm'],
    threads: [1],
    gpu: 'webgl',
  }),
  'chromium-webgpu': inChromium({
    own: 'recurra-webgpu',
    peers: ['tfjs-webgpu', 'onnxruntime-webgpu', 'recurra-cpu', 'onnxruntime-web'],
    others: ['tfjs-wasm'],
    threads: [1],
    gpu: 'webgpu',
  }),
};

function inNode(systems: Systems<NodeSystem>): Place {
  return {
    ...systems,
    open: async () => ({ open: openProcess, close: async () => {} }),
  };
}

function inChromium(systems: Systems<PageSystem>): Place {
  return {
    ...systems,
    async open(kind) {
      // Imported on demand, because the offline bundle has no browser.
      const { openPages } = await import('./page/chromium.js');
      return openPages(systems.gpu, kind);
    },
  };
}
