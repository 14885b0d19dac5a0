/* gpu.js as this package sees it: its own typings know no kernels in strings, and little of textures. */
import library from '#gpu.js';

/** A texture that a kernel made. */
export interface Texture {
  readonly texture: WebGLTexture;
  /** [width, height] in texels. */
  readonly size: Int32Array;
  /** As it was asked for. */
  readonly output: readonly number[];
  delete(): void;
}

/** A function in GLSL that kernels call. */
export interface NativeFunction {
  readonly name: string;
  readonly source: string;
  readonly returnType: string;
  readonly argumentTypes: Readonly<Record<string, string>>;
}

/** A function in gpu.js's part of JavaScript that kernels call. */
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

/** Runs a kernel. It is compiled when it first runs. */
export interface Kernel {
  (...args: readonly unknown[]): unknown;
  setOutput(output: readonly number[]): void;
  /** What runs: another than was asked for, where gpu.js could not have that. */
  readonly kernel: RunningKernel;
}

export interface RunningKernel {
  /** Why gpu.js runs it as plain JavaScript instead. */
  readonly fallbackReason?: string | null;
  readonly program?: WebGLProgram;
  /** The corners that it draws, and then what they are in the result. */
  readonly buffer: WebGLBuffer;
  /** Where the next run draws. */
  texture: Pick<Texture, 'delete'> | null;
  /** The same, for the further results of a kernel map. */
  mappedTextures: readonly Pick<Texture, 'delete'>[] | null;
  /** Makes `texture` where there is none, and has it drawn on. */
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
  /** A kernel whose `also` functions' values are results too. */
  createKernelMap(also: readonly string[], source: string, settings: KernelSettings): Kernel;
}

/** A mode, or a context to draw on and a canvas to resize. */
export type GpuSettings = { mode: 'headlessgl' | 'cpu' } | { context: object; canvas: object };

export const { GPU } = library;
