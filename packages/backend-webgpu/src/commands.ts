/*
 * Records work for the GPU. Kernels are recorded into tfjs's open compute pass, in the order of the calls and between tfjs's own
 * kernels, and are submitted with them. tfjs has no public API for its pass, so this file, and no other, uses its private
 * fields; the version of tfjs is pinned.
 */
// biome-ignore-all lint/complexity/useLiteralKeys: TypeScript allows access to private fields only with brackets.
import { DeviceError } from '@recurra/core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';

/** tfjs's identifier of a buffer. tfjs keeps the buffer until the work recorded with it is submitted. */
export type DataId = object;

/** A compute kernel. */
export interface Program {
  /**
   * The kernel's name, with everything that its code depends on. Each key is compiled once. Sizes are
   * uniforms, so that a new size needs no new kernel.
   */
  readonly key: string;
  /**
   * WGSL with the entry point `main`. The buffers are bindings 0, 1, … of group 0, and the uniforms the next one. The code
   * must use all of them.
   */
  readonly code: () => string;
}

/** Numbers for a kernel: a struct of the integers, followed by the floats. */
export interface Uniforms {
  readonly u32?: readonly number[];
  readonly f32?: readonly number[];
}

export type Workgroups = readonly [x: number, y?: number, z?: number];

export interface Recording {
  readonly program: Program;
  readonly buffers: readonly DataId[];
  /** At most 256 bytes. */
  readonly uniforms?: Uniforms;
  readonly workgroups: Workgroups;
}

interface Compiled {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** Bytes reserved for the uniforms of one kernel: the alignment that offsets of bindings need. */
const SLOT = 256;
const SLOTS = 1024;
/** Submit after this many kernels, so that the buffers freed meanwhile can be used again. */
const MAX_RECORDED = 512;

/** Compiles kernels and records them into tfjs's pass. */
export class Commands {
  readonly #tfjs: WebGPUBackend;
  readonly #compiled = new Map<string, Compiled>();
  /** Kernels that are being compiled ahead of use. Each promise resolves, to the error if there was one. */
  readonly #compiling = new Map<string, Promise<DeviceError | undefined>>();
  readonly #uniforms: GPUBuffer;
  #slot = 0;
  #recorded = 0;
  #compilingOnly = false;

  constructor(tfjs: WebGPUBackend) {
    this.#tfjs = tfjs;
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
    this.#uniforms = tfjs.device.createBuffer({ label: 'uniforms', size: SLOT * SLOTS, usage });
  }

  /** True while kernels are only compiled and not run. */
  get compilingOnly(): boolean {
    return this.#compilingOnly;
  }

  /** Records a kernel, unless it has no workgroups. In compile-only mode, the kernel is compiled instead. */
  dispatch({ program, buffers, uniforms, workgroups }: Recording): void {
    if (workgroups.includes(0)) return;
    const limit = this.#tfjs.device.limits.maxComputeWorkgroupsPerDimension;
    if (Math.max(...workgroups.map(Number)) > limit) {
      throw new DeviceError(
        `webgpu: ${program.key} needs ${workgroups.join(' by ')} workgroups, but the device allows ${limit} along an axis`,
      );
    }
    if (this.#compilingOnly) {
      this.#startCompiling(program);
      return;
    }
    const { pipeline, layout } = this.#compile(program);
    const entries: GPUBindGroupEntry[] = buffers.map((id, binding) => ({
      binding,
      resource: { buffer: this.buffer(id) },
    }));
    if (uniforms) {
      entries.push({
        binding: buffers.length,
        resource: { buffer: this.#uniforms, offset: this.#write(uniforms), size: SLOT },
      });
    }
    const pass = this.#pass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, this.#tfjs.device.createBindGroup({ layout, entries }));
    pass.dispatchWorkgroups(...workgroups);
    // Prevents tfjs from reusing the buffers before this work is submitted.
    for (const id of buffers) this.#tfjs['commandQueueOwnedIds'].add(id);
    this.#recorded += 1;
    if (this.#recorded >= MAX_RECORDED) this.submit();
  }

  /** The buffer of a tensor. tfjs creates it on the first call. */
  buffer(id: DataId): GPUBuffer {
    this.#tfjs.uploadToGPU(id);
    const data = this.#tfjs.tensorMap.get(id);
    // Drops the values that tfjs has cached, since kernels will change them.
    Object.assign(data, { values: null });
    return data.resource as GPUBuffer;
  }

  /** Copies the first `bytes` of a tensor to `target` after all recorded work, and submits. */
  copyOut(id: DataId, target: GPUBuffer, bytes: number): void {
    const source = this.buffer(id);
    this.#tfjs.ensureCommandEncoderReady();
    this.#tfjs.endComputePassEncoder();
    this.#tfjs['commandEncoder'].copyBufferToBuffer(source, 0, target, 0, bytes);
    this.submit();
  }

  /** Submits the recorded work to the GPU. */
  submit(): void {
    this.#tfjs.ensureCommandEncoderReady();
    this.#tfjs.endComputePassEncoder();
    this.#tfjs.submitQueue();
    this.#recorded = 0;
  }

  /**
   * Calls `run`. The kernels that it dispatches until it resolves are compiled in parallel, and not run.
   * @returns resolves once they are ready
   * @throws DeviceError for a kernel that the device cannot compile
   */
  async warmUp(run: () => Promise<unknown>): Promise<void> {
    this.#compilingOnly = true;
    try {
      await run();
    } finally {
      this.#compilingOnly = false;
    }
    await this.#whenCompiled();
  }

  /** {@link warmUp} for a `body` that is synchronous, so that kernels dispatched after this call run. */
  async compileAhead(body: () => void): Promise<void> {
    const before = this.#compilingOnly;
    this.#compilingOnly = true;
    try {
      body();
    } finally {
      this.#compilingOnly = before;
    }
    await this.#whenCompiled();
  }

  /** Submits the recorded work, since an application's own may be part of it, and frees the uniforms. */
  dispose(): void {
    this.submit();
    this.#uniforms.destroy();
  }

  #pass(): GPUComputePassEncoder {
    this.#tfjs.ensureCommandEncoderReady();
    this.#tfjs['computePassEncoder'] ??= this.#tfjs['commandEncoder'].beginComputePass();
    return this.#tfjs['computePassEncoder'];
  }

  /** Writes the uniforms of a kernel to a slot that no recorded kernel reads, and returns its offset. */
  #write({ u32 = [], f32 = [] }: Uniforms): number {
    if (this.#slot === SLOTS) {
      // Later writes happen after this submission.
      this.submit();
      this.#slot = 0;
    }
    const data = new ArrayBuffer(4 * (u32.length + f32.length));
    new Uint32Array(data, 0, u32.length).set(u32);
    new Float32Array(data, 4 * u32.length).set(f32);
    const offset = this.#slot * SLOT;
    this.#tfjs.queue.writeBuffer(this.#uniforms, offset, data);
    this.#slot += 1;
    return offset;
  }

  /** @throws DeviceError for a kernel that could not be compiled */
  async #whenCompiled(): Promise<void> {
    const compiling = [...this.#compiling];
    const errors = await Promise.all(compiling.map(([, done]) => done));
    for (const [key] of compiling) this.#compiling.delete(key);
    const error = errors.find((error) => error !== undefined);
    if (error) throw error;
  }

  #compile(program: Program): Compiled {
    let compiled = this.#compiled.get(program.key);
    if (!compiled) {
      compiled = withLayout(this.#tfjs.device.createComputePipeline(this.#descriptor(program)));
      this.#compiled.set(program.key, compiled);
    }
    return compiled;
  }

  #startCompiling(program: Program): void {
    const { key } = program;
    if (this.#compiled.has(key) || this.#compiling.has(key)) return;
    const compiling = this.#tfjs.device.createComputePipelineAsync(this.#descriptor(program));
    const done = compiling.then(
      (pipeline) => {
        this.#compiled.set(key, withLayout(pipeline));
        return undefined;
      },
      (cause: Error) => new DeviceError(`webgpu: ${key} cannot be compiled: ${cause.message}`, { cause }),
    );
    this.#compiling.set(key, done);
  }

  #descriptor({ key, code }: Program): GPUComputePipelineDescriptor {
    const module = this.#tfjs.device.createShaderModule({ label: key, code: code() });
    return { label: key, layout: 'auto', compute: { module, entryPoint: 'main' } };
  }
}

function withLayout(pipeline: GPUComputePipeline): Compiled {
  return { pipeline, layout: pipeline.getBindGroupLayout(0) };
}
