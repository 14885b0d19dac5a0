import type { Backend } from '@recurra/core';
import { checkOptions, oneOf, optional } from '@recurra/core/backend';
import { type Mode, NAME, openDevice } from './device.js';
import { elementwise } from './elementwise.js';
import { fused } from './fused/index.js';
import { indexing } from './indexing.js';
import { kernels } from './kernels.js';
import { matmul } from './matmul.js';
import { memory } from './memory.js';
import { TexturePool } from './pool.js';
import { probe } from './probe.js';
import { reduce } from './reduce.js';
import { shape } from './shape.js';
import { softmax } from './softmax.js';

export interface GpujsOptions {
  /**
   * Where kernels run. There is no fallback to another mode. `'cpu'` is gpu.js's plain JavaScript, for tests.
   * Default: 'webgl2' in a browser, 'headless-gl' in Node.
   */
  readonly mode?: Mode;
}

/** The backend that {@link gpujs} creates. */
export interface GpujsBackend extends Backend {
  /**
   * The number of kernels compiled so far (one for each shape class), and the milliseconds that this took.
   * Run a network once to warm it up; the difference is its cost.
   */
  compiled(): { readonly kernels: number; readonly milliseconds: number };
}

/**
 * Creates a WebGL backend: the required operations and fused kernels on gpu.js, in float32.
 *
 * @throws OptionError for an unknown option or value. DeviceError if the mode does not run here. Later, any operation throws a
 * DeviceError if the WebGL context was lost or a tensor is too large for a texture.
 */
export async function gpujs(options: GpujsOptions = {}): Promise<GpujsBackend> {
  const { mode } = checkOptions(NAME, options, {
    mode: optional(oneOf('webgl2', 'webgl1', 'headless-gl', 'cpu'), defaultMode()),
  });
  const device = openDevice(mode);
  const pool = new TexturePool();
  const compiler = kernels(device, pool);
  const { upload, read, free, memory: usage, dispose, ...context } = memory(device, compiler, pool);
  const fusedKernels = mode === 'cpu' ? {} : fused(context, free);
  const reductions = reduce(context);
  return {
    contractVersion: 2,
    name: NAME,
    device: device.description,
    software: device.software,
    precision: 'float32',
    fused: fusedKernels,
    lacks: {
      ...(await probe(context, { upload, read, free })),
      ...(Object.keys(fusedKernels).length === 0 && {
        fused: 'the fused kernels are in GLSL, but this mode is plain JavaScript',
      }),
    },
    lost: device.lost,
    compiled: compiler.compiled,
    ...{ upload, read, free, memory: usage, dispose },
    ...matmul(context),
    ...elementwise(context),
    ...reductions,
    ...shape(context),
    ...softmax(context, reductions.max, free),
    ...indexing(context),
  };
}

function defaultMode(): Mode {
  return typeof navigator !== 'undefined' && typeof OffscreenCanvas !== 'undefined'
    ? 'webgl2'
    : 'headless-gl';
}
