/*
 * The parts of gpu.js that this package uses. gpu.js's own types do not cover kernels in strings, and cover
 * little of textures.
 */

/** A texture that a kernel created. */
export interface Texture {
  readonly texture: WebGLTexture;
  /** [width, height] in texels. */
  readonly size: Int32Array;
  /** [width, height] as requested, before folding. */
  readonly output: readonly number[];
  delete(): void;
}

/** A function in GLSL that kernels can call. */
export interface NativeFunction {
  readonly name: string;
  readonly source: string;
  readonly returnType: string;
  readonly argumentTypes: Readonly<Record<string, string>>;
}

/** A function in gpu.js's subset of JavaScript that kernels can call. */
export interface HelperFunction {
  readonly source: string;
  readonly settings: { readonly argumentTypes: readonly string[]; readonly returnType: string };
}

export interface KernelSettings {
  readonly argumentTypes: string[];
  readonly returnType: string;
  readonly constants?: Readonly<Record<string, number>>;
  readonly nativeFunctions?: readonly NativeFunction[];
  readonly pipeline?: true;
  readonly precision?: 'single';
  readonly tactic?: 'precision';
  readonly fixIntegerDivisionAccuracy?: boolean;
  readonly dynamicOutput?: boolean;
  readonly dynamicArguments?: boolean;
  readonly output?: number[];
}

/** Runs a kernel, which is compiled on its first run. */
export interface Kernel {
  (...args: readonly unknown[]): unknown;
  setOutput(output: readonly number[]): void;
  /** The kernel that runs. If gpu.js fell back to another mode, its class differs from the requested one. */
  readonly kernel: RunningKernel;
}

export interface RunningKernel {
  /** The reason why gpu.js fell back to plain JavaScript. */
  readonly fallbackReason?: string | null;
  readonly program?: WebGLProgram;
  /** The corners that it draws, followed by their texture coordinates. */
  readonly buffer: WebGLBuffer;
  /** The texture that the next run draws to. */
  texture: Pick<Texture, 'delete'> | null;
  /** The same, for the other results of a kernel map. */
  mappedTextures: readonly Pick<Texture, 'delete'>[] | null;
  /** Creates `texture` if it is null, and makes it the render target. */
  _setupOutputTexture(): void;
  /** The same for `mappedTextures`. */
  _setupSubOutputTextures(): void;
}

export interface Gpu {
  /** The class of {@link RunningKernel}s. */
  readonly Kernel: unknown;
  readonly context: WebGL2RenderingContext | WebGLRenderingContext | null;
  readonly functions: HelperFunction[];
  createKernel(source: string, settings: Partial<KernelSettings>): Kernel;
  /** A kernel with further results: the last value that each of the functions `also` returned. */
  createKernelMap(also: readonly string[], source: string, settings: KernelSettings): Kernel;
}

/** A mode, or a context to draw on and a canvas that gpu.js resizes. */
export type GpuSettings = { mode: 'headlessgl' | 'cpu' } | { context: object; canvas: object };
