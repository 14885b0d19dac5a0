import { DeviceError } from '@recurra/core';
import { type Device, type Mode, NAME } from './device.js';
import { addFunctions, nativeFunctions } from './functions.js';
import type { Kernel, KernelSettings, NativeFunction, RunningKernel, Texture } from './gpu.js';
import type { TexturePool } from './pool.js';

/** The type of a kernel's argument: a texture of one to four channels, a number, a vector, or an array on the host. */
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

/** [width, height] of the result in texels, each of which one thread computes. */
export type Output = readonly [number, number];

/** A texture; in mode `cpu` the elements themselves. */
export type Storage = Texture | Float32Array;
export type Argument = Storage | number | readonly number[];

/** A kernel. Its calls may differ in their arguments and their output size. */
export interface KernelSource {
  /** `function (a, b, n) { … }` in gpu.js's subset of JavaScript. A string, because minifiers and coverage tools rewrite functions. */
  readonly source: string;
  /** One for each argument. */
  readonly types: readonly ArgumentType[];
  /** Channels of the result. Default 1. */
  readonly channels?: 1 | 2 | 3 | 4;
  /** Constants of the shader. */
  readonly constants?: Readonly<Record<string, number>>;
  /** Functions in GLSL. */
  readonly native?: readonly NativeFunction[];
  /**
   * Functions that the source calls, `function second(a, b) { return [a, b]; }`. The last value that each
   * returned is a further result with the same number of channels. For {@link Kernels.several}.
   */
  readonly also?: readonly string[];
}

/** Runs a kernel. The caller owns the result. */
export type Launch = (output: Output, ...args: Argument[]) => Storage;
/** Runs a kernel with several results: its own first, then those of `also`. The caller owns them. */
export type LaunchSeveral = (output: Output, ...args: Argument[]) => readonly Storage[];

export interface Kernels {
  /** The kernel of this key, compiled on its first run. The key contains everything that its source and constants depend on. */
  of(key: string, make: () => KernelSource): Launch;
  /** The same, for a kernel with several results. */
  several(key: string, make: () => KernelSource): LaunchSeveral;
  /** The number of kernels compiled so far, and the milliseconds that this took. */
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

/** A dummy that gpu.js deletes in place of a texture that it no longer owns. */
const NOTHING = { delete() {} };

/**
 * Compiles kernels and caches them. Guards against every known silent failure of gpu.js and WebGL:
 *
 *   gpu.js falls back to another kind of kernel      checked by {@link assertMode}, after the first run
 *   a program does not link                          the same
 *   a program reads more textures than allowed       checked before it is compiled
 *   a loop ends after 1000 iterations                loops have a {@link loopBound} in the source
 *   the result has another size than the last        sizes are dynamic, and set before each run
 *   small textures are computed in half precision    `tactic`
 *   the result is larger than a texture              checked before each run
 *   a lost context draws zeros                       checked before each run, and in `read`
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
    let hasRun = false;
    let kind = '';
    if (gl) drawOnPooled(kernel.kernel, pool, also.length, () => (hasRun ? kind : ''));
    return (output, ...args) => {
      device.check();
      assertFits(key, output, device.side);
      const inner = kernel.kernel;
      // The callers own the previous results. gpu.js would overwrite them or, with `immutable`, older ones,
      // whatever their size.
      inner.texture = null;
      if (hasRun && also.length > 0) inner.mappedTextures = also.map(() => NOTHING);
      const [width, height] = output;
      kind = `${source.channels ?? 1} channels, ${output}`;
      kernel.setOutput(gl ? [width, height] : [width * height]);
      const start = performance.now();
      const result = kernel(...args) as Storage | Record<string | number, Storage>;
      if (!hasRun) {
        milliseconds += performance.now() - start;
        assertMode(key, kernel, device);
        hasRun = true;
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
 * Makes a kernel draw to textures of the pool, or to new ones if the pool has none.
 * @param kind the kind of the next results; empty when the kernel is compiled
 */
function drawOnPooled(kernel: RunningKernel, pool: TexturePool, further: number, kind: () => string): void {
  const { _setupOutputTexture, _setupSubOutputTextures } = kernel;
  kernel._setupOutputTexture = () => {
    kernel.texture = pool.take(kind(), 1)?.[0] ?? null;
    _setupOutputTexture.call(kernel);
  };
  kernel._setupSubOutputTextures = () => {
    kernel.mappedTextures = pool.take(kind(), further) ?? null;
    _setupSubOutputTextures.call(kernel);
  };
}

/** gpu.js draws two triangles, whose common edge is computed twice. One larger triangle, which is clipped, is enough. */
function drawOneTriangle(
  gl: WebGL2RenderingContext | WebGLRenderingContext,
  { buffer }: RunningKernel,
): void {
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.bufferSubData(gl.ARRAY_BUFFER, 0, ONE_TRIANGLE);
}

/** Corners, then their texture coordinates. The fourth corner is the same as the third, so it adds nothing. */
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
    throw new DeviceError(
      `${NAME}: ${key} reads ${textures} textures, but a kernel can read only ${units} here`,
    );
  }
  if (also.length >= results) {
    throw new DeviceError(
      `${NAME}: ${key} has ${also.length + 1} results, but a kernel can have only ${results} here`,
    );
  }
}

/** @throws DeviceError unless the kernel ran in the requested mode */
function assertMode(key: string, { kernel }: Kernel, { gpu, gl, mode }: Device): void {
  const { fallbackReason, program } = kernel;
  // By identity, because minifiers change the names of classes.
  if (kernel.constructor !== gpu.Kernel || fallbackReason) {
    throw new DeviceError(
      `${NAME}: ${key} did not run on ${mode}: ${fallbackReason ?? 'gpu.js fell back to another mode'}`,
    );
  }
  if (gl && !(program && gl.getProgramParameter(program, gl.LINK_STATUS))) {
    const log = program && gl.getProgramInfoLog(program);
    throw new DeviceError(`${NAME}: ${key} does not link: ${log || 'the driver gives no reason'}`);
  }
}

/**
 * The bound in the source of a loop that ends after `count` iterations. gpu.js ends a loop whose bound is an argument after
 * 1000 iterations, and WebGL1 has no such loops. A power of two, so that few kernels are needed.
 */
export function loopBound(count: number): number {
  return Math.max(1024, 2 ** Math.ceil(Math.log2(count)));
}

function assertFits(key: string, [width, height]: Output, side: number): void {
  const fits = height === 1 ? width <= side * side : width <= side && height <= side;
  if (fits) return;
  throw new DeviceError(
    `${NAME}: ${key} needs a texture of ${width} × ${height} texels, but the maximum here is ${side} × ${side}`,
  );
}
