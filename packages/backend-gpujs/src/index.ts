import type { Backend } from '@recurra/core';
import { checkOptions, contractVersion, oneOf, optional } from '@recurra/core/backend';
import { type Mode, NAME, openDevice } from './device.js';
import { elementwise } from './elementwise.js';
import { fused } from './fused/index.js';
import { indexing } from './indexing.js';
import { kernels } from './kernels.js';
import { matmul } from './matmul.js';
import { TexturePool } from './pool.js';
import { probe } from './probe.js';
import { reduce } from './reduce.js';
import { shape } from './shape.js';
import { softmax } from './softmax.js';
import { textures } from './textures.js';

export interface GpujsOptions {
  /**
   * Where kernels run; there is no other in its place. `'cpu'` is gpu.js's plain JavaScript, for tests.
   * Default: 'webgl2' in a browser, 'headless-gl' in Node.
   */
  readonly mode?: Mode;
}

/** What {@link gpujs} gives. */
export interface GpujsBackend extends Backend {
  /**
   * How many kernels were compiled so far, each once for its shape class, and how many milliseconds that took: run a
   * network once to warm it up, and this says what it cost.
   */
  compiled(): { readonly kernels: number; readonly milliseconds: number };
}

/**
 * The WebGL backend: the ground floor and the fused kernels on gpu.js, in float32.
 *
 * @throws OptionError for an unknown option; DeviceError where the mode does not run here, and later, by any operation,
 * where the context was lost or a tensor is too large for a texture
 */
export async function gpujs(options: GpujsOptions = {}): Promise<GpujsBackend> {
  const { mode } = checkOptions(NAME, options, {
    mode: optional(oneOf('webgl2', 'webgl1', 'headless-gl', 'cpu'), defaultMode()),
  });
  const device = openDevice(mode);
  const pool = new TexturePool();
  const compiler = kernels(device, pool);
  const { upload, read, free, memory, dispose, ...arrays } = textures(device, compiler, pool);
  const upperFloor = mode === 'cpu' ? {} : fused(arrays, free);
  const reductions = reduce(arrays);
  return {
    contractVersion,
    name: NAME,
    device: device.description,
    software: device.software,
    precision: 'float32',
    fused: upperFloor,
    lacks: {
      ...(await probe(arrays, { upload, read, free, memory })),
      ...(Object.keys(upperFloor).length === 0 && { fused: 'for tests; fused kernels are in GLSL' }),
    },
    lost: device.lost,
    compiled: compiler.compiled,
    ...{ upload, read, free, memory, dispose },
    ...matmul(arrays),
    ...elementwise(arrays),
    ...reductions,
    ...shape(arrays),
    ...softmax(arrays, reductions.max, free),
    ...indexing(arrays),
  };
}

function defaultMode(): Mode {
  return typeof navigator !== 'undefined' && typeof OffscreenCanvas !== 'undefined'
    ? 'webgl2'
    : 'headless-gl';
}
