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
import { Commands, type Program, type Uniforms, type Workgroups } from './commands.js';
import type { Device } from './device.js';

export const NAME = 'webgpu';
const BYTES = Float32Array.BYTES_PER_ELEMENT;

/** What the operations and the fused kernels need of memory, and of the GPU. */
export interface Arrays {
  readonly limits: GPUSupportedLimits;
  /** Whether the CPU does the work of the GPU. */
  readonly software: boolean;
  /** A new tensor; its elements are whatever the buffer held. What is only needed meanwhile is freed at the end. */
  create(shape: Shape): Tensor;
  free(x: Tensor): void;
  /** A new handle for the elements of `x`. */
  share(x: Tensor, shape: Shape): Tensor;
  /** Records a kernel of our own. In one call a tensor is bound once for writing, or any number of times for reading. */
  dispatch(kernel: Kernel): void;
  /** Runs `body`; if it throws, the tensors that it has created are freed. */
  work<T>(body: () => T): T;
}

export interface Kernel {
  readonly program: Program;
  /** Bindings 0, 1, … of group 0, those that are written too; the uniforms come after them. */
  readonly buffers: readonly Tensor[];
  readonly uniforms?: Uniforms;
  readonly workgroups: Workgroups;
}

/** Memory beside that of the contract: for applications that use tfjs too, and for warming up. */
export interface Exchange {
  adopt(info: TensorInfo): Tensor;
  lend(x: Tensor): TensorInfo;
  warm(run: () => Promise<unknown>): Promise<void>;
  /** Bytes of the buffers, those in use and those kept for reuse. */
  held(): number;
}

/**
 * Memory: a buffer of tfjs's for each tensor. {@link TensorStore} keeps the books and refuses freed and foreign handles;
 * tfjs keeps a buffer until what was recorded with it is submitted.
 */
export function memory(device: Device): Memory & Arrays & Exchange & { dispose(): void } {
  const { tfjs } = device;
  const commands = new Commands(tfjs);
  let open: TensorStore<TensorInfo> | undefined = new TensorStore<TensorInfo>(NAME, BYTES, ({ dataId }) => {
    tfjs.disposeData(dataId);
  });
  let lost: DeviceError | undefined;
  device.lost.then((error) => {
    lost = error;
  });
  /** What the {@link Arrays.work} under way has created, and not freed. */
  const made = new Set<Tensor>();
  let working = 0;

  const books = () => {
    if (!open) throw new StateError(`${NAME}: the backend was used after it was disposed of`);
    return open;
  };
  const store = () => {
    const tensors = books();
    if (lost) throw lost;
    return tensors;
  };
  /** Takes note of a new tensor. */
  const note = (tensor: Tensor) => {
    if (working > 0) made.add(tensor);
    return tensor;
  };
  const add = (shape: Shape, info: TensorInfo) => note(store().add(shape.slice(), info));
  const create = (shape: Shape) => {
    store();
    const bytes = sizeOf(shape) * BYTES;
    const most = Math.min(tfjs.device.limits.maxStorageBufferBindingSize, tfjs.device.limits.maxBufferSize);
    if (bytes > most) {
      throw new DeviceError(
        `${NAME}: a tensor of [${shape}] takes ${bytes} bytes, and a buffer holds ${most}`,
      );
    }
    // A buffer of no bytes cannot be bound.
    return add(shape, tfjs.makeTensorInfo(bytes > 0 ? shape.slice() : [1], 'float32'));
  };
  const free = (tensor: Tensor) => {
    books().remove(tensor);
    made.delete(tensor);
  };
  const dataId = (tensor: Tensor) => store().get(tensor).dataId;
  /** As tfjs sees a tensor. */
  const info = (tensor: Tensor): TensorInfo => ({
    dataId: dataId(tensor),
    shape: tensor.shape.slice(),
    dtype: 'float32',
  });

  /** Why a buffer could not be mapped: mostly the device was lost, which is told a moment later. */
  const unreadable = async (cause: unknown): Promise<never> => {
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
    share: (x, shape) => note(store().share(x, shape.slice())),
    dispatch({ buffers, ...kernel }) {
      commands.dispatch({ ...kernel, buffers: buffers.map(dataId) });
    },
    work(body) {
      const before = made.size;
      working += 1;
      try {
        return body();
      } catch (error) {
        for (const tensor of [...made].slice(before)) free(tensor);
        throw error;
      } finally {
        working -= 1;
        if (working === 0) made.clear();
      }
    },

    upload(data, shape) {
      const size = checkUpload(NAME, data, shape);
      const tensor = create(shape);
      // A buffer that is new, or that nothing recorded still reads: tfjs sees to that.
      if (size > 0 && !commands.warming) {
        tfjs.queue.writeBuffer(commands.buffer(dataId(tensor)), 0, Float32Array.from(data));
      }
      return tensor;
    },
    async read(tensor) {
      const id = dataId(tensor);
      const size = sizeOf(tensor.shape);
      if (size === 0 || commands.warming) return new Float32Array(size);
      // All that is to happen before the call returns happens here: a tensor freed from now on is still read right.
      const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
      const staging = tfjs.bufferManager.acquireBuffer(size * BYTES, usage);
      commands.copyOut(id, staging, size * BYTES);
      await staging.mapAsync(GPUMapMode.READ, 0, size * BYTES).catch(unreadable);
      const data = new Float32Array(staging.getMappedRange(0, size * BYTES).slice(0));
      staging.unmap();
      tfjs.bufferManager.releaseBuffer(staging);
      const error = device.uncaptured();
      if (error) throw error;
      return data;
    },
    memory: () => books().memory(),
    adopt({ dataId, shape, dtype }) {
      const theirs = tfjs.tensorMap.has(dataId) ? tfjs.tensorMap.get(dataId) : undefined;
      if (!theirs) throw new ForeignTensorError(NAME);
      if (dtype !== 'float32' || theirs.dtype !== 'float32') {
        throw new DataError(`${NAME}: a tensor of tfjs must be of float32, not ${theirs.dtype}`);
      }
      if (checkShape(NAME, shape) !== sizeOf(theirs.shape)) {
        throw new ShapeError(`${NAME}: a tensor of tfjs has the shape [${theirs.shape}], not [${shape}]`);
      }
      const tensor = add(shape, { dataId, shape, dtype });
      tfjs.incRef(dataId);
      return tensor;
    },
    lend(tensor) {
      const lent = info(tensor);
      tfjs.incRef(lent.dataId);
      return lent;
    },
    warm: (run) => commands.warm(run),
    held: () => tfjs.bufferManager.numBytesAllocated,
    dispose() {
      if (!open) return;
      open.clear();
      open = undefined;
      commands.dispose();
      device.close();
    },
  };
}
