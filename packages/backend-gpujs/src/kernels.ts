import { DeviceError } from '@recurra/core';
import { type Device, type Mode, NAME } from './device.js';
import { addFunctions, nativeFunctions } from './functions.js';
import type { Kernel, KernelSettings, NativeFunction, RunningKernel, Texture } from './gpu.js';
import type { TexturePool } from './pool.js';

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
  /** Become part of the shader. */
  readonly constants?: Readonly<Record<string, number>>;
  /** Functions in GLSL. */
  readonly native?: readonly NativeFunction[];
  /**
   * Functions that the source calls, `function lane1(a, b) { return [a, b]; }`; what each returned last is a further
   * result of the same number of channels. For {@link Kernels.several}.
   */
  readonly also?: readonly string[];
}

/** Runs a kernel. The caller owns the texture that it gives. */
export type Launch = (output: Output, ...args: Argument[]) => Storage;
/** The same, for a kernel of several results: its own first, then those of `also`. */
export type LaunchSeveral = (output: Output, ...args: Argument[]) => readonly Storage[];

export interface Kernels {
  /** The kernel of this key, compiled when it first runs. The key names all that its source and constants depend on. */
  of(key: string, make: () => KernelSource): Launch;
  several(key: string, make: () => KernelSource): LaunchSeveral;
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

/** What gpu.js may delete in place of a texture that is not its own any more. */
const NOTHING = { delete() {} };

/**
 * Compiles kernels and keeps them. Every way in which gpu.js or WebGL goes wrong without a word is caught here:
 *
 *   another kind of kernel in place of the one asked for   {@link assertRan}, after the first run
 *   a program that does not link                           the same
 *   more textures than a program can read                  before it compiles
 *   a loop cut off at 1000 iterations                      by loops to a {@link loopBound}, which is in the source
 *   a result of another size than the last                 dynamic sizes, set before each run
 *   half precision on small textures                       `tactic`
 *   a result larger than a texture                         before each run
 *   a lost context, which draws zeros                      before each run, and in `read`
 */
export function kernels(device: Device, pool: TexturePool): Kernels {
  const { gpu, gl, mode } = device;
  addFunctions(gpu, mode);
  const compiled = new Map<string, LaunchSeveral>();
  let milliseconds = 0;

  const launcher = (key: string, source: KernelSource): LaunchSeveral => {
    assertReadable(key, source, device);
    const also = source.also ?? [];
    const settings = settingsOf(source, mode);
    const kernel =
      also.length > 0
        ? gpu.createKernelMap(also, source.source, settings)
        : gpu.createKernel(source.source, settings);
    let begun = false;
    let kind = '';
    if (gl) drawOnPooled(kernel.kernel, pool, also.length, () => (begun ? kind : ''));
    return (output, ...args) => {
      device.check();
      assertFits(key, output, device.side);
      const inner = kernel.kernel;
      // The last results are their caller's. Left to itself gpu.js would write into them, or with `immutable` into older
      // ones, whatever their size.
      inner.texture = null;
      if (begun && also.length > 0) inner.mappedTextures = also.map(() => NOTHING);
      const [width, height] = output;
      kind = `${source.channels ?? 1} channels, ${output}`;
      kernel.setOutput(gl ? [width, height] : [width * height]);
      const start = performance.now();
      const result = kernel(...args) as Storage | Record<string | number, Storage>;
      if (!begun) {
        milliseconds += performance.now() - start;
        assertRan(key, kernel, device);
        begun = true;
        if (gl) drawOneTriangle(gl, kernel.kernel);
      }
      const several = result as Record<string | number, Storage>;
      const results =
        also.length === 0 ? [result as Storage] : [several.result, ...also.map((_, i) => several[i])];
      if (gl) for (const texture of results) pool.mark(texture as Texture, kind);
      return results;
    };
  };

  const several: Kernels['several'] = (key, make) => {
    let launch = compiled.get(key);
    if (!launch) {
      launch = launcher(key, make());
      compiled.set(key, launch);
    }
    return launch;
  };

  return {
    several,
    of: (key, make) => {
      const launch = several(key, make);
      return (...args) => launch(...args)[0];
    },
    compiled: () => ({ kernels: compiled.size, milliseconds }),
  };
}

/**
 * Has a kernel draw on textures that are free, where there are such, and else on new ones.
 * @param kind of the next results; none yet when the kernel is compiled
 */
function drawOnPooled(kernel: RunningKernel, pool: TexturePool, others: number, kind: () => string): void {
  const { _setupOutputTexture, _setupSubOutputTextures } = kernel;
  kernel._setupOutputTexture = () => {
    kernel.texture = pool.take(kind(), 1)?.[0] ?? null;
    _setupOutputTexture.call(kernel);
  };
  kernel._setupSubOutputTextures = () => {
    kernel.mappedTextures = pool.take(kind(), others) ?? null;
    _setupSubOutputTextures.call(kernel);
  };
}

/** gpu.js draws two triangles, and what lies on their common edge is computed twice. One does, for it is cut to size. */
function drawOneTriangle(
  gl: WebGL2RenderingContext | WebGLRenderingContext,
  { buffer }: RunningKernel,
): void {
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.bufferSubData(gl.ARRAY_BUFFER, 0, ONE_TRIANGLE);
}

/** Corners, then what they are in the result. A fourth that makes no triangle. */
const ONE_TRIANGLE = new Float32Array([-1, -1, 3, -1, -1, 3, -1, 3, 0, 0, 2, 0, 0, 2, 0, 2]);

function settingsOf({ types, channels = 1, constants, native }: KernelSource, mode: Mode): KernelSettings {
  return {
    argumentTypes: types.map((type) => (mode === 'cpu' && type === 'texture' ? 'Array' : GPU_TYPES[type])),
    returnType: RETURNS[channels],
    ...(constants && { constants }),
    nativeFunctions: [...nativeFunctions(mode), ...(native ?? [])],
    ...(mode !== 'cpu' && { pipeline: true, precision: 'single', tactic: 'precision' }),
    fixIntegerDivisionAccuracy: false,
    dynamicOutput: true,
    dynamicArguments: true,
  };
}

function assertReadable(key: string, { types, also = [] }: KernelSource, { units, results }: Device): void {
  const textures = types.filter((type) => type.startsWith('texture')).length;
  if (textures > units) {
    throw new DeviceError(`${NAME}: ${key} reads ${textures} textures, and ${units} is the most here`);
  }
  if (also.length >= results) {
    throw new DeviceError(`${NAME}: ${key} has ${also.length + 1} results, and ${results} is the most here`);
  }
}

/** @throws DeviceError unless the kernel ran where it was to run */
function assertRan(key: string, { kernel }: Kernel, { gpu, gl, mode }: Device): void {
  const { fallbackReason, program } = kernel;
  // By identity: a minifier changes the names of classes.
  if (kernel.constructor !== gpu.Kernel || fallbackReason) {
    throw new DeviceError(
      `${NAME}: ${key} did not run on ${mode}: ${fallbackReason ?? 'gpu.js took another'}`,
    );
  }
  if (gl && !(program && gl.getProgramParameter(program, gl.LINK_STATUS))) {
    const log = program && gl.getProgramInfoLog(program);
    throw new DeviceError(`${NAME}: ${key} does not link: ${log || 'no reason is given'}`);
  }
}

/**
 * What a loop of up to `count` turns is bounded by in the source, where it breaks off at `count`. gpu.js ends a loop
 * that an argument bounds after 1000 turns, and WebGL1 has none. A power of two, so that few kernels do.
 */
export function loopBound(count: number): number {
  return Math.max(1024, 2 ** Math.ceil(Math.log2(count)));
}

function assertFits(key: string, [width, height]: Output, side: number): void {
  const fits = height === 1 ? width <= side * side : width <= side && height <= side;
  if (fits) return;
  throw new DeviceError(
    `${NAME}: ${key} wants a texture of ${width} × ${height}, and a side here is at most ${side} texels`,
  );
}
