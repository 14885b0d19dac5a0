import { DataError, DeviceError, type Shape, ShapeError, StateError, type Tensor } from '@recurra/core';
import {
  checkShape,
  checkUpload,
  ForeignTensorError,
  type Memory,
  sizeOf,
  TensorStore,
} from '@recurra/core/backend';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { Commands, type Workgroups } from './commands.js';
import type { Device } from './device.js';
import type { Program } from './programs.js';
import type { Uniforms } from './uniforms.js';

export const NAME = 'webgpu';
const BYTES = Float32Array.BYTES_PER_ELEMENT;

/** The parts of the backend's memory and device that the operations and fused kernels use. */
export interface Context {
  readonly limits: GPUSupportedLimits;
  /** True if the GPU is emulated in software. */
  readonly software: boolean;
  /** A new tensor with undefined contents. */
  create(shape: Shape): Tensor;
  free(x: Tensor): void;
  /** A new handle to the elements of `x`. */
  alias(x: Tensor, shape: Shape): Tensor;
  /** Records a kernel. A tensor may be bound once for writing, or any number of times for reading. */
  dispatch(kernel: Kernel): void;
  /** Records kernels that use the same tensors, one dispatch after another. */
  dispatchSteps(steps: Steps): void;
  /** Runs `body`. If it throws, the tensors that it created are freed. */
  scoped<T>(body: () => T): T;
  /**
   * Compiles the kernels that `body` dispatches, in parallel and without running them, and frees all tensors that it created.
   * @throws DeviceError for a kernel that the device cannot compile
   */
  compileAhead(body: () => void): Promise<void>;
  /**
   * Submits the recorded work and resolves when it has run: to true, or to false while kernels are only compiled and nothing
   * runs.
   */
  finished(): Promise<boolean>;
}

export interface Kernel {
  readonly program: Program;
  /** Bindings 0, 1, … of group 0, read or written; the uniforms come after them. */
  readonly buffers: readonly Tensor[];
  readonly uniforms: Uniforms;
  readonly workgroups: Workgroups;
}

/** {@link Kernel}s in turn: dispatch i runs program i modulo the number of programs, with uniforms i. */
export interface Steps extends Pick<Kernel, 'buffers' | 'workgroups'> {
  /** They declare the same bindings. */
  readonly programs: readonly Program[];
  readonly uniforms: readonly Uniforms[];
}

/** The backend's members beyond the contract's memory; `WebGpuBackend` in index.ts describes them. */
interface Extras {
  fromTfjs(info: TensorInfo): Tensor;
  toTfjs(x: Tensor): TensorInfo;
  warmUp(run: () => Promise<unknown>): Promise<void>;
  held(): number;
  dispose(): void;
}

/**
 * The backend's memory: each tensor is one of tfjs's buffers. {@link TensorStore} tracks the tensors, and
 * rejects handles that were freed or belong to another backend. tfjs keeps a buffer until the work recorded
 * with it is submitted.
 */
export function memory(device: Device): Memory & Context & Extras {
  const { tfjs } = device;
  const commands = new Commands(tfjs);
  let openStore: TensorStore<TensorInfo> | undefined = new TensorStore<TensorInfo>(
    NAME,
    BYTES,
    ({ dataId }) => {
      tfjs.disposeData(dataId);
    },
  );
  let lost: DeviceError | undefined;
  device.lost.then((error) => {
    lost = error;
  });
  /** The tensors that the running {@link Context.scoped} has created and not freed. */
  const scopeTensors = new Set<Tensor>();
  let scopes = 0;

  /** The tensors, of which some may be freed even if the device is lost. */
  const anyStore = () => {
    if (!openStore) throw new StateError(`${NAME}: the backend was used after it was disposed of`);
    return openStore;
  };
  const store = () => {
    const tensors = anyStore();
    if (lost) throw lost;
    return tensors;
  };
  const toScope = (tensor: Tensor) => {
    if (scopes > 0) scopeTensors.add(tensor);
    return tensor;
  };
  const add = (shape: Shape, info: TensorInfo) => toScope(store().add(shape.slice(), info));
  const create = (shape: Shape) => {
    store();
    const bytes = sizeOf(shape) * BYTES;
    const limit = Math.min(tfjs.device.limits.maxStorageBufferBindingSize, tfjs.device.limits.maxBufferSize);
    if (bytes > limit) {
      throw new DeviceError(
        `${NAME}: a tensor of [${shape}] needs ${bytes} bytes, but a buffer holds at most ${limit}`,
      );
    }
    // WebGPU cannot bind an empty buffer.
    return add(shape, tfjs.makeTensorInfo(bytes > 0 ? shape.slice() : [1], 'float32'));
  };
  const free = (tensor: Tensor) => {
    anyStore().remove(tensor);
    scopeTensors.delete(tensor);
  };
  /** Runs `body` and frees the tensors that it created: all of them, or those of a `body` that throws. */
  const inScope = <T>(body: () => T, freeAlways: boolean): T => {
    const before = scopeTensors.size;
    const freeCreated = () => {
      for (const tensor of [...scopeTensors].slice(before)) free(tensor);
    };
    scopes += 1;
    try {
      const result = body();
      if (freeAlways) freeCreated();
      return result;
    } catch (error) {
      freeCreated();
      throw error;
    } finally {
      scopes -= 1;
      if (scopes === 0) scopeTensors.clear();
    }
  };
  const dataId = (tensor: Tensor) => store().get(tensor).dataId;
  const dispatchSteps = ({ buffers, ...steps }: Steps) =>
    commands.dispatch({ ...steps, buffers: buffers.map(dataId) });
  /** tfjs's description of a tensor. */
  const infoOf = (tensor: Tensor): TensorInfo => ({
    dataId: dataId(tensor),
    shape: tensor.shape.slice(),
    dtype: 'float32',
  });

  /** Throws the reason why a buffer could not be mapped. Often the device was lost, which is reported a moment later. */
  const throwUnreadable = async (cause: unknown): Promise<never> => {
    store();
    const reported = device.uncaptured();
    if (reported) throw reported;
    const soon = new Promise<undefined>((resolve) => setTimeout(resolve, 100));
    const known = await Promise.race([device.lost, soon]);
    throw known ?? new DeviceError(`${NAME}: a tensor could not be read: ${String(cause)}`, { cause });
  };

  return {
    limits: tfjs.device.limits,
    software: device.software,
    create,
    free,
    alias: (x, shape) => toScope(store().share(x, shape.slice())),
    dispatch({ program, uniforms, ...kernel }) {
      dispatchSteps({ ...kernel, programs: [program], uniforms: [uniforms] });
    },
    dispatchSteps,
    scoped: (body) => inScope(body, false),
    compileAhead: (body) => commands.compileAhead(() => inScope(body, true)),
    async finished() {
      store();
      if (commands.compilingOnly) return false;
      commands.submit();
      await tfjs.queue.onSubmittedWorkDone();
      return true;
    },

    upload(data, shape) {
      const size = checkUpload(NAME, data, shape);
      const tensor = create(shape);
      // tfjs returns a new buffer, or one that no recorded work reads.
      if (size > 0 && !commands.compilingOnly) {
        tfjs.queue.writeBuffer(commands.buffer(dataId(tensor)), 0, Float32Array.from(data));
      }
      return tensor;
    },
    async read(tensor) {
      const id = dataId(tensor);
      const size = sizeOf(tensor.shape);
      if (size === 0 || commands.compilingOnly) return new Float32Array(size);
      // The copy is recorded before the call returns, so the tensor may be freed or changed from then on.
      const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
      const staging = tfjs.bufferManager.acquireBuffer(size * BYTES, usage);
      commands.copyOut(id, staging, size * BYTES);
      await staging.mapAsync(GPUMapMode.READ, 0, size * BYTES).catch(throwUnreadable);
      const data = new Float32Array(staging.getMappedRange(0, size * BYTES).slice(0));
      staging.unmap();
      tfjs.bufferManager.releaseBuffer(staging);
      const error = device.uncaptured();
      if (error) throw error;
      return data;
    },
    memory: () => anyStore().memory(),
    fromTfjs({ dataId, shape, dtype }) {
      const data = tfjs.tensorMap.has(dataId) ? tfjs.tensorMap.get(dataId) : undefined;
      if (!data) throw new ForeignTensorError(NAME);
      if (dtype !== 'float32' || data.dtype !== 'float32') {
        throw new DataError(`${NAME}: a tensor of tfjs must be of float32, not ${data.dtype}`);
      }
      if (checkShape(NAME, shape) !== sizeOf(data.shape)) {
        throw new ShapeError(`${NAME}: a tensor of tfjs has the shape [${data.shape}], not [${shape}]`);
      }
      const tensor = add(shape, { dataId, shape, dtype });
      tfjs.incRef(dataId);
      return tensor;
    },
    toTfjs(tensor) {
      const info = infoOf(tensor);
      tfjs.incRef(info.dataId);
      return info;
    },
    warmUp: (run) => commands.warmUp(run),
    held: () => tfjs.bufferManager.numBytesAllocated,
    dispose() {
      if (!openStore) return;
      openStore.clear();
      openStore = undefined;
      commands.dispose();
      device.close();
    },
  };
}
