import { DeviceError } from '@recurra/core';
import type {
  GPUVariableType,
  IConstants,
  IGPUNativeFunction,
  IKernelRunShortcut,
  KernelVariable,
  Texture,
} from 'gpu.js';
import { type Device, NAME } from './device.js';
import { addFunctions } from './functions.js';

/** What an argument of a kernel is: a texture of so many channels, a number or vector, or elements on the host. */
export type ArgumentType =
  | 'texture'
  | 'texture2'
  | 'texture3'
  | 'texture4'
  | 'number'
  | 'vector2'
  | 'vector3'
  | 'vector4'
  | 'data';

/** [width, height]: how many threads, and the texels of the result. */
export type Output = readonly [number, number];

/** In mode `cpu` there are no textures, and the elements themselves take their place. */
export type Storage = Texture | Float32Array;
export type Argument = Storage | number | readonly number[];

/** A kernel of one shape class: what may differ between its calls are its arguments and its output. */
export interface KernelSource {
  /** `function (a, b, n) { … }` in gpu.js's part of JavaScript. A string, for minifiers and coverage rewrite functions. */
  readonly source: string;
  /** One for each argument. */
  readonly types: readonly ArgumentType[];
  /** Channels of a texel of the result. Default 1. */
  readonly channels?: 1 | 2 | 3 | 4;
  /** Become part of the shader. A loop that they bound is not cut off. */
  readonly constants?: Readonly<Record<string, number>>;
  /** The most that a loop bounded by an argument may run; gpu.js ends it there without a word. Default 1000. */
  readonly iterations?: number;
  /** Functions in GLSL. */
  readonly native?: readonly IGPUNativeFunction[];
}

/** Runs a kernel. The caller owns the texture that it gives. */
export type Launch = (output: Output, ...args: Argument[]) => Storage;

export interface Kernels {
  /** The kernel of this key, compiled when it first runs. The key names all that its source and constants depend on. */
  of(key: string, make: () => KernelSource): Launch;
  /** How many were compiled so far, and how long that took in milliseconds. */
  compiled(): { readonly kernels: number; readonly milliseconds: number };
}

const GPU_TYPES: Record<ArgumentType, string> = {
  texture: 'ArrayTexture(1)',
  texture2: 'ArrayTexture(2)',
  texture3: 'ArrayTexture(3)',
  texture4: 'ArrayTexture(4)',
  number: 'Float',
  vector2: 'Array(2)',
  vector3: 'Array(3)',
  vector4: 'Array(4)',
  data: 'Array',
};
const RETURNS = { 1: 'Number', 2: 'Array(2)', 3: 'Array(3)', 4: 'Array(4)' } as const;

/** What gpu.js holds behind a kernel, of which its typings say little. */
interface Built {
  readonly program?: WebGLProgram;
}

/**
 * Compiles kernels and keeps them. Every way in which gpu.js or WebGL goes wrong without a word is caught here:
 *
 *   another kind of kernel in place of the one asked for   {@link assertRan}, after the first run
 *   a program that does not link                           the same
 *   more textures than a program can read                  before it compiles
 *   a loop cut off at 1000 iterations                      `iterations` and `constants` of {@link KernelSource}
 *   a result of another size than the last                 dynamic sizes, set before each run
 *   half precision on small textures                       `tactic`
 *   a result larger than a texture                         before each run
 *   a lost context, which draws zeros                      before each run, and in `read`
 */
export function kernels(device: Device): Kernels {
  const { gpu, gl, mode } = device;
  addFunctions(gpu);
  const launches = new Map<string, Launch>();
  let milliseconds = 0;

  const compile = (
    key: string,
    { source, types, channels = 1, constants, iterations, native }: KernelSource,
  ) => {
    const textures = types.filter((type) => type.startsWith('texture')).length;
    if (textures > device.units) {
      throw new DeviceError(
        `${NAME}: ${key} reads ${textures} textures, and ${device.units} is the most here`,
      );
    }
    const kernel = gpu.createKernel(source, {
      argumentTypes: types.map((type) => typeOf(type, mode)) as unknown as Record<string, GPUVariableType>,
      returnType: RETURNS[channels],
      constants: constants as IConstants,
      ...(iterations !== undefined && { loopMaxIterations: iterations }),
      ...(native && { nativeFunctions: [...native] }),
      ...(gl && { pipeline: true, immutable: true, precision: 'single', tactic: 'precision' }),
      fixIntegerDivisionAccuracy: false,
      dynamicOutput: true,
      dynamicArguments: true,
    } as Parameters<typeof gpu.createKernel>[1]);
    return kernel;
  };

  const assertRan = (key: string, { kernel }: IKernelRunShortcut) => {
    const { fallbackReason } = kernel;
    if (kernel.constructor !== gpu.Kernel || fallbackReason) {
      throw new DeviceError(
        `${NAME}: ${key} did not run on ${mode}: ${fallbackReason ?? 'gpu.js took another'}`,
      );
    }
    const { program } = kernel as Built;
    if (gl && !(program && gl.getProgramParameter(program, gl.LINK_STATUS))) {
      const log = program && gl.getProgramInfoLog(program);
      throw new DeviceError(`${NAME}: ${key} does not link: ${log || 'no reason is given'}`);
    }
  };

  const launcher = (key: string, source: KernelSource): Launch => {
    const kernel = compile(key, source);
    let [width, height] = [0, 0];
    return (output, ...args) => {
      device.check();
      const [w, h] = output;
      if (w !== width || h !== height) {
        assertFits(key, output, device.side);
        kernel.setOutput(gl ? [w, h] : [w * h]);
        const first = width === 0;
        [width, height] = [w, h];
        if (first) return begin(args);
      }
      return run(args);
    };

    function run(args: readonly Argument[]): Storage {
      return kernel(...(args as KernelVariable[])) as Storage;
    }

    function begin(args: readonly Argument[]): Storage {
      const start = performance.now();
      const result = run(args);
      milliseconds += performance.now() - start;
      assertRan(key, kernel);
      return result;
    }
  };

  return {
    of(key, make) {
      const known = launches.get(key);
      if (known) return known;
      const launch = launcher(key, make());
      launches.set(key, launch);
      return launch;
    },
    compiled: () => ({ kernels: launches.size, milliseconds }),
  };
}

/** The class of loops that run up to `count` times: a power of two, so that few classes do. */
export function iterationClass(count: number): number {
  return Math.max(1024, 2 ** Math.ceil(Math.log2(Math.max(count, 1))));
}

function typeOf(type: ArgumentType, mode: Device['mode']): string {
  return mode === 'cpu' && type === 'texture' ? 'Array' : GPU_TYPES[type];
}

function assertFits(key: string, [width, height]: Output, side: number): void {
  const fits = height === 1 ? width <= side * side : width <= side && height <= side;
  if (fits) return;
  throw new DeviceError(
    `${NAME}: ${key} wants a texture of ${width} × ${height}, and a side here is at most ${side} texels`,
  );
}
