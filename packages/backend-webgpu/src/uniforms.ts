/* The uniforms of the recorded kernels, in one buffer that is written once for each submission. */

/** Numbers for a kernel: a struct of the integers, followed by the floats. At most {@link UNIFORMS_BYTES}. */
export interface Uniforms {
  readonly u32?: readonly number[];
  readonly f32?: readonly number[];
}

/** Bytes reserved for the uniforms of one kernel: the alignment that offsets of bindings need. */
export const UNIFORMS_BYTES = 256;
/** Submit after this many kernels, so that the buffers freed meanwhile, and the uniforms, can be used again. */
export const MAX_RECORDED = 512;

export class UniformsBuffer {
  readonly #queue: GPUQueue;
  readonly buffer: GPUBuffer;
  readonly #values = new ArrayBuffer(UNIFORMS_BYTES * MAX_RECORDED);
  #bytes = 0;

  constructor(device: GPUDevice) {
    this.#queue = device.queue;
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
    this.buffer = device.createBuffer({ label: 'uniforms', size: this.#values.byteLength, usage });
  }

  /** Stores the uniforms of a kernel until {@link flush}, and returns their offset in the buffer. */
  add({ u32 = [], f32 = [] }: Uniforms): number {
    const offset = this.#bytes;
    new Uint32Array(this.#values, offset, u32.length).set(u32);
    new Float32Array(this.#values, offset + 4 * u32.length, f32.length).set(f32);
    this.#bytes += UNIFORMS_BYTES;
    return offset;
  }

  /**
   * Writes the uniforms of the recorded kernels. Must be called just before these are submitted: the next ones use the same
   * places, and are written after the submission.
   */
  flush(): void {
    if (this.#bytes > 0) this.#queue.writeBuffer(this.buffer, 0, this.#values, 0, this.#bytes);
    this.#bytes = 0;
  }
}
