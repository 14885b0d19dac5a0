/* Compiles kernels: when they are first used, or ahead of use and in parallel. */
import { DeviceError } from '@recurra/core';

/** A compute kernel. */
export interface Program {
  /**
   * The kernel's name, with everything that its code depends on. Each key is compiled once. Sizes are
   * uniforms, so that a new size needs no new kernel.
   */
  readonly key: string;
  /**
   * WGSL with the entry point `main`. The buffers are bindings 0, 1, … of group 0, in this order, and the uniforms, if it has
   * some, the next one.
   */
  readonly code: () => string;
}

/** A compiled kernel. The offset of its uniforms is given with its bind group. */
export interface Compiled {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

interface Layout {
  readonly group: GPUBindGroupLayout;
  readonly pipeline: GPUPipelineLayout;
}

export class Programs {
  readonly #device: GPUDevice;
  readonly #compiled = new Map<string, Compiled>();
  /** Kernels that are being compiled ahead of use. Each promise resolves, to the error if there was one. */
  readonly #compiling = new Map<string, Promise<DeviceError | undefined>>();
  /** Kernels with the same types of bindings share a layout, so that they can share bind groups. */
  readonly #layouts = new Map<string, Layout>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** The compiled kernel. On first use, it is compiled now. */
  get(program: Program): Compiled {
    let compiled = this.#compiled.get(program.key);
    if (!compiled) {
      const { group, descriptor } = this.#describe(program);
      compiled = { pipeline: this.#device.createComputePipeline(descriptor), layout: group };
      this.#compiled.set(program.key, compiled);
    }
    return compiled;
  }

  startCompiling(program: Program): void {
    const { key } = program;
    if (this.#compiled.has(key) || this.#compiling.has(key)) return;
    const { group, descriptor } = this.#describe(program);
    const done = this.#device.createComputePipelineAsync(descriptor).then(
      (pipeline) => {
        this.#compiled.set(key, { pipeline, layout: group });
        return undefined;
      },
      (cause: Error) => new DeviceError(`webgpu: ${key} cannot be compiled: ${cause.message}`, { cause }),
    );
    this.#compiling.set(key, done);
  }

  /** @throws DeviceError for a kernel that could not be compiled */
  async whenCompiled(): Promise<void> {
    const compiling = [...this.#compiling];
    const errors = await Promise.all(compiling.map(([, done]) => done));
    for (const [key] of compiling) this.#compiling.delete(key);
    const error = errors.find((error) => error !== undefined);
    if (error) throw error;
  }

  #describe({ key, code }: Program): { group: GPUBindGroupLayout; descriptor: GPUComputePipelineDescriptor } {
    const source = code();
    const { group, pipeline } = this.#layout(bindingTypes(source));
    const module = this.#device.createShaderModule({ label: key, code: source });
    const descriptor = { label: key, layout: pipeline, compute: { module, entryPoint: 'main' } };
    return { group, descriptor };
  }

  #layout(types: readonly GPUBufferBindingType[]): Layout {
    const key = types.join(' ');
    let layout = this.#layouts.get(key);
    if (!layout) {
      const entries = types.map((type, binding) => ({
        ...{ binding, visibility: GPUShaderStage.COMPUTE },
        buffer: { type, hasDynamicOffset: type === 'uniform' },
      }));
      const group = this.#device.createBindGroupLayout({ entries });
      layout = { group, pipeline: this.#device.createPipelineLayout({ bindGroupLayouts: [group] }) };
      this.#layouts.set(key, layout);
    }
    return layout;
  }
}

const BINDING = /@binding\(\d+\) var<(?:storage, )?(read_write|read|uniform)>/g;
const TYPES = { read: 'read-only-storage', read_write: 'storage', uniform: 'uniform' } as const;

/** The types of the bindings that a kernel's code declares, in their order. */
function bindingTypes(code: string): GPUBufferBindingType[] {
  return [...code.matchAll(BINDING)].map(([, access]) => TYPES[access as keyof typeof TYPES]);
}
