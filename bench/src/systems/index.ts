/* Every system by its name. A module is loaded in the process that measures with it. */
import type { System } from '../system.js';

export const systems = {
  'recurra-cpu': async () => (await import('./recurra.js')).recurraCpu,
  'recurra-composed': async () => (await import('./recurra.js')).recurraComposed,
  'onnxruntime-web': async () => (await import('./onnxruntime.js')).onnxruntimeWeb,
  'onnxruntime-node': async () => (await import('./onnxruntime.js')).onnxruntimeNode,
  'tfjs-wasm': async () => (await import('./tfjs.js')).tfjsWasm,
  'tfjs-cpu': async () => (await import('./tfjs.js')).tfjsCpu,
  'brain.js': async () => (await import('./brain.js')).brainJs,
  pytorch: async () => (await import('./pytorch.js')).pytorch,
} satisfies Record<string, () => Promise<System>>;

export type SystemName = keyof typeof systems;

export const systemNames = Object.keys(systems) as SystemName[];

/** The one that the others are compared with. */
export const own = 'recurra-cpu';

/** What runs when nothing is asked for. */
export const defaultPeers = systemNames.filter((name) => name !== own && name !== 'recurra-composed');
