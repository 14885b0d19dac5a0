/*
 * The one file in which work for the GPU is recorded. Kernels of our own go into the pass that tfjs has open, beside tfjs's
 * kernels and in the order of the calls, and are submitted with them. tfjs has no public way into its pass: its private
 * fields are reached here and nowhere else, and its version is pinned.
 */
// biome-ignore-all lint/complexity/useLiteralKeys: TypeScript lets private fields be reached by name in brackets only.
import { DeviceError } from '@recurra/core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';

/** tfjs's name of a buffer; it keeps the buffer until what was recorded with it is submitted. */
export type DataId = object;

/** A kernel. */
export interface Program {
  /** What its code depends on: each key is compiled once. Sizes go into uniforms, or a new length would compile anew. */
  readonly key: string;
  /**
   * WGSL with an entry point `main`. In group 0 the buffers are bindings 0, 1, … in their order, and the uniforms the one
   * after; the code uses every one of them.
   */
  readonly code: () => string;
}

/** Plain numbers for a kernel: a struct of the whole numbers and then the floats, one after the other. */
export interface Uniforms {
  readonly u32?: readonly number[];
  readonly f32?: readonly number[];
}

export type Workgroups = readonly [x: number, y?: number, z?: number];

export interface Recording {
  readonly program: Program;
  readonly buffers: readonly DataId[];
  /** At most 256 bytes; left out by kernels that have none. */
  readonly uniforms?: Uniforms;
  readonly workgroups: Workgroups;
}

interface Compiled {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** Bytes of one kernel's uniforms: as far apart as offsets of bindings may have to be. */
const SLOT = 256;
const SLOTS = 1024;
/** So many kernels, and buffers that were freed meanwhile, wait for one submission. */
const MOST_RECORDED = 512;

/** Records kernels into tfjs's pass, and compiles them. */
export class Commands {
  readonly #tfjs: WebGPUBackend;
  readonly #compiled = new Map<string, Compiled>();
  /** Of a warm-up; each resolves with what went wrong, if anything did. */
  readonly #compiling = new Map<string, Promise<DeviceError | undefined>>();
  readonly #uniforms: GPUBuffer;
  #slot = 0;
  #recorded = 0;
  #warming = false;

  constructor(tfjs: WebGPUBackend) {
    this.#tfjs = tfjs;
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
    this.#uniforms = tfjs.device.createBuffer({ label: 'uniforms', size: SLOT * SLOTS, usage });
  }

  /** Whether kernels are only compiled now, and not run. */
  get warming(): boolean {
    return this.#warming;
  }

  /** Records one kernel; none where there are no workgroups. In a warm-up it is compiled and not recorded. */
  dispatch({ program, buffers, uniforms, workgroups }: Recording): void {
    if (workgroups.includes(0)) return;
    const most = this.#tfjs.device.limits.maxComputeWorkgroupsPerDimension;
    if (Math.max(...workgroups.map(Number)) > most) {
      throw new DeviceError(
        `webgpu: ${program.key} takes ${workgroups.join(' by ')} workgroups, and the device has ${most} along an axis`,
      );
    }
    if (this.#warming) {
      this.#compileAhead(program);
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
    // tfjs then keeps them from being used again before this is submitted.
    for (const id of buffers) this.#tfjs['commandQueueOwnedIds'].add(id);
    this.#recorded += 1;
    if (this.#recorded >= MOST_RECORDED) this.submit();
  }

  /** The buffer of a tensor; tfjs makes it now where there is none yet. */
  buffer(id: DataId): GPUBuffer {
    this.#tfjs.uploadToGPU(id);
    const data = this.#tfjs.tensorMap.get(id);
    // What tfjs has read before is not what will be in the buffer.
    Object.assign(data, { values: null });
    return data.resource as GPUBuffer;
  }

  /** Copies the first `bytes` of a tensor into `target` after all that was recorded, and submits. */
  copyOut(id: DataId, target: GPUBuffer, bytes: number): void {
    const source = this.buffer(id);
    this.#tfjs.ensureCommandEncoderReady();
    this.#tfjs.endComputePassEncoder();
    this.#tfjs['commandEncoder'].copyBufferToBuffer(source, 0, target, 0, bytes);
    this.submit();
  }

  /** Hands what was recorded to the GPU. */
  submit(): void {
    this.#tfjs.ensureCommandEncoderReady();
    this.#tfjs.endComputePassEncoder();
    this.#tfjs.submitQueue();
    this.#recorded = 0;
  }

  /**
   * Calls `run`, whose kernels are compiled in parallel and not run; resolves when all of them are ready.
   * @throws DeviceError for a kernel that the device cannot compile
   */
  async warm(run: () => Promise<unknown>): Promise<void> {
    this.#warming = true;
    try {
      await run();
    } finally {
      this.#warming = false;
    }
    const failures = await Promise.all(this.#compiling.values());
    this.#compiling.clear();
    const failure = failures.find((error) => error !== undefined);
    if (failure) throw failure;
  }

  /** What was recorded still runs: on an application's device its own work may be among it. */
  dispose(): void {
    this.submit();
    this.#uniforms.destroy();
  }

  #pass(): GPUComputePassEncoder {
    this.#tfjs.ensureCommandEncoderReady();
    this.#tfjs['computePassEncoder'] ??= this.#tfjs['commandEncoder'].beginComputePass();
    return this.#tfjs['computePassEncoder'];
  }

  /** Writes the uniforms of one kernel where no recorded one reads, and gives the offset. */
  #write({ u32 = [], f32 = [] }: Uniforms): number {
    if (this.#slot === SLOTS) {
      // The writes that follow come after this submission.
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

  #compile(program: Program): Compiled {
    let compiled = this.#compiled.get(program.key);
    if (!compiled) {
      compiled = withLayout(this.#tfjs.device.createComputePipeline(this.#descriptor(program)));
      this.#compiled.set(program.key, compiled);
    }
    return compiled;
  }

  #compileAhead(program: Program): void {
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
