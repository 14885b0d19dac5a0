/*
 * Records work for the GPU. Kernels are recorded into tfjs's open compute pass, in the order of the calls and between tfjs's own
 * kernels, and are submitted with them. tfjs has no public API for its pass, so this file, and no other, uses its private
 * fields; the version of tfjs is pinned.
 */
// biome-ignore-all lint/complexity/useLiteralKeys: TypeScript allows access to private fields only with brackets.
import { DeviceError } from '@recurra/core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { type Program, Programs } from './programs.js';
import { MAX_RECORDED, UNIFORMS_BYTES, type Uniforms, UniformsBuffer } from './uniforms.js';

/** tfjs's identifier of a buffer. tfjs keeps the buffer until the work recorded with it is submitted. */
export type DataId = object;

export type Workgroups = readonly [x: number, y?: number, z?: number];

/** Kernels over the same buffers, of which each reads what the ones before it have written. */
export interface Recording {
  /** The kernels, in turn. They have the same types of bindings. */
  readonly programs: readonly Program[];
  readonly buffers: readonly DataId[];
  /** One dispatch for each: dispatch i runs kernel i modulo the number of kernels. */
  readonly uniforms: readonly Uniforms[];
  readonly workgroups: Workgroups;
}

/** Compiles kernels and records them into tfjs's pass. */
export class Commands {
  readonly #tfjs: WebGPUBackend;
  readonly #programs: Programs;
  readonly #uniforms: UniformsBuffer;
  readonly #stopListening: () => void;
  #recorded = 0;
  #compilingOnly = false;

  constructor(tfjs: WebGPUBackend) {
    this.#tfjs = tfjs;
    this.#programs = new Programs(tfjs.device);
    this.#uniforms = new UniformsBuffer(tfjs.device);
    this.#stopListening = beforeSubmit(tfjs, () => {
      this.#uniforms.flush();
      this.#recorded = 0;
    });
  }

  /** True while kernels are only compiled and not run. */
  get compilingOnly(): boolean {
    return this.#compilingOnly;
  }

  /**
   * Records kernels, unless they have no workgroups. They share one bind group, because recording one takes longer than
   * recording a dispatch. In compile-only mode, the kernels are compiled instead.
   */
  dispatch({ programs, buffers, uniforms, workgroups }: Recording): void {
    if (workgroups.includes(0)) return;
    const limit = this.#tfjs.device.limits.maxComputeWorkgroupsPerDimension;
    if (Math.max(...workgroups.map(Number)) > limit) {
      throw new DeviceError(
        `webgpu: ${programs[0].key} needs ${workgroups.join(' by ')} workgroups, but the device allows ${limit} along an axis`,
      );
    }
    if (this.#compilingOnly) {
      for (const program of programs) this.#programs.startCompiling(program);
      return;
    }
    const compiled = programs.map((program) => this.#programs.get(program));
    const resources: GPUBufferBinding[] = buffers.map((id) => ({ buffer: this.buffer(id) }));
    resources.push({ buffer: this.#uniforms.buffer, size: UNIFORMS_BYTES });
    const entries = resources.map((resource, binding) => ({ binding, resource }));
    const group = this.#tfjs.device.createBindGroup({ layout: compiled[0].layout, entries });
    for (let first = 0; first < uniforms.length; ) {
      if (this.#recorded === MAX_RECORDED) this.submit();
      const count = Math.min(uniforms.length - first, MAX_RECORDED - this.#recorded);
      const pass = this.#pass();
      // Prevents tfjs from reusing the buffers before this work is submitted.
      for (const id of buffers) this.#tfjs['commandQueueOwnedIds'].add(id);
      for (let i = first; i < first + count; i++) {
        if (i === first || compiled.length > 1) pass.setPipeline(compiled[i % compiled.length].pipeline);
        pass.setBindGroup(0, group, [this.#uniforms.add(uniforms[i])]);
        pass.dispatchWorkgroups(...workgroups);
      }
      this.#recorded += count;
      first += count;
    }
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
    await this.#programs.whenCompiled();
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
    await this.#programs.whenCompiled();
  }

  /** Submits the recorded work, since an application's own may be part of it, and frees the uniforms. */
  dispose(): void {
    this.submit();
    this.#stopListening();
    this.#uniforms.buffer.destroy();
  }

  #pass(): GPUComputePassEncoder {
    this.#tfjs.ensureCommandEncoderReady();
    this.#tfjs['computePassEncoder'] ??= this.#tfjs['commandEncoder'].beginComputePass();
    return this.#tfjs['computePassEncoder'];
  }
}

/** The listeners of the tfjs backends whose submissions are observed. */
const listeners = new WeakMap<WebGPUBackend, Set<() => void>>();

/**
 * Calls `listener` before each submission of recorded work, which tfjs also starts by itself.
 * @returns stops the calls
 */
function beforeSubmit(tfjs: WebGPUBackend, listener: () => void): () => void {
  let all = listeners.get(tfjs);
  if (!all) {
    const called = new Set<() => void>();
    const submit = tfjs.submitQueue.bind(tfjs);
    tfjs.submitQueue = () => {
      for (const each of called) each();
      submit();
    };
    listeners.set(tfjs, called);
    all = called;
  }
  all.add(listener);
  return () => all.delete(listener);
}
