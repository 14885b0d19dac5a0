/* Where it is measured. */
import type { GpuKind } from '@recurra/conformance';
import { type Lane, openLane } from './lane.js';
import { processLine } from './node/process-line.js';
import type { PageGpu } from './page/chromium.js';
import type { NodeSystem } from './systems/in-node.js';
import type { PageSystem } from './systems/in-page.js';

export const placeNames = [
  'node',
  'node-webgpu',
  'chromium-wasm',
  'chromium-webgl',
  'chromium-webgpu',
] as const;
export type PlaceName = (typeof placeNames)[number];

export interface Place {
  /** Of Recurra: the one that the others are compared with. */
  readonly own: string;
  /** What runs when nothing else is asked for. */
  readonly peers: readonly string[];
  /** What can be asked for besides. */
  readonly others: readonly string[];
  readonly threads: readonly number[];
  /** What its own system computes on, where that is a GPU. */
  readonly gpu?: PageGpu;
  /** @param kind of GPU, where it has one. Default: as found in Node, in software in Chromium */
  open(kind?: GpuKind): Promise<OpenPlace>;
}

export interface OpenPlace {
  /** @throws Declined where the system is not there, or not with so many threads */
  lane(system: string, threads: number): Promise<Lane>;
  close(): Promise<void>;
}

export const places: Readonly<Record<PlaceName, Place>> = {
  node: inNode({
    own: 'recurra-cpu',
    peers: ['onnxruntime-web', 'onnxruntime-node', 'tfjs-wasm', 'tfjs-cpu', 'brain.js', 'pytorch'],
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

type Given = Omit<Place, 'open'>;

function inNode(place: Given & { peers: NodeSystem[]; others: NodeSystem[] }): Place {
  const open = async (): Promise<OpenPlace> => ({
    lane: (system, threads) => openLane(processLine(system, threads), system, threads),
    close: async () => {},
  });
  return { ...place, open };
}

function inChromium(place: Given & { peers: PageSystem[]; others: PageSystem[] }): Place {
  const open = async (kind?: GpuKind): Promise<OpenPlace> => {
    // Loaded where it is needed: what is carried to another machine has no browser.
    const { openPages } = await import('./page/chromium.js');
    const pages = await openPages(place.gpu, kind);
    return {
      lane: async (system, threads) => {
        return openLane(await pages.line(system as PageSystem, threads), system, threads);
      },
      close: pages.close,
    };
  };
  return { ...place, open };
}
