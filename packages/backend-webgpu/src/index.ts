import type { Backend, Tensor } from '@recurra/core';
import { checkOptions, custom, oneOf, optional } from '@recurra/core/backend';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { deviceOf, openDevice } from './device.js';
import { elementwise } from './elementwise.js';
import { fused } from './fused/index.js';
import { indexing } from './indexing.js';
import { matmul } from './matmul.js';
import { memory } from './memory.js';
import { reduce } from './reduce.js';
import { shape } from './shape.js';
import { softmax } from './softmax.js';

export interface WebGpuOptions {
  /** Whether a software adapter will do, on which the CPU does the work of a GPU. Default false. */
  readonly allowSoftware?: boolean;
  /** Which GPU to take of several. Default 'high-performance'. */
  readonly powerPreference?: 'high-performance' | 'low-power';
  /**
   * tfjs's backend of an application, `tf.backend()` where `tf.getBackend()` is 'webgpu': its device is used, and tensors go
   * over without a copy. Default: a device of its own.
   */
  readonly tfjs?: WebGPUBackend;
}

/** The backend, and what it does besides the contract. */
export interface WebGpuBackend extends Backend {
  /** Whether the CPU does the work of the GPU. */
  readonly software: boolean;
  readonly lost: Promise<Error>;
  /** Bytes of GPU memory: tensors, and buffers kept for those to come. */
  held(): number;
  /** The device, for its limits and features. */
  readonly gpu: GPUDevice;
  /**
   * Compiles kernels ahead of the first step, in parallel. Calls `run`, which does once what will be done later, on this
   * backend: meanwhile nothing is computed, and every tensor that is read is zero. So train a network made for this.
   * @throws DeviceError for a kernel that the device cannot compile
   */
  warmUp(run: () => Promise<unknown>): Promise<void>;
  /**
   * A handle for a float32 tensor of the `tfjs` given, of rank 1 to 4, without a copy. Both are to be freed, in any order.
   * @throws ForeignTensorError for a tensor that is not on that tfjs backend; DataError for another dtype; ShapeError for
   * another rank or number of elements
   */
  fromTfjs(x: TensorInfo): Tensor;
  /** tfjs's side of a tensor, without a copy; `tf.engine().makeTensorFromTensorInfo` makes it one that tfjs will free. */
  toTfjs(x: Tensor): TensorInfo;
}

/**
 * The WebGPU backend, in float32: kernels in WGSL, our own for every operation, on tfjs's buffers and in its pass. Nothing is
 * computed anywhere else. Calls only record; what was recorded is submitted by `read`, or when it has become much.
 *
 * @throws OptionError for an unknown option; DeviceError where there is no adapter, or only one in software, which is not
 * allowed; later, by any call, when the device is lost, and by `read` for what the GPU has reported
 */
export async function webgpu(options: WebGpuOptions = {}): Promise<WebGpuBackend> {
  const { tfjs, ...request } = checkOptions('webgpu', options, {
    allowSoftware: optional(custom<boolean>('true or false', isBoolean), false),
    powerPreference: optional(oneOf('high-performance', 'low-power'), 'high-performance'),
    tfjs: optional(custom<WebGPUBackend | undefined>("tfjs's WebGPU backend", isTfjs), undefined),
  });
  const device = tfjs ? deviceOf(tfjs, request.allowSoftware) : await openDevice(request);
  const { upload, read, free, memory: use, dispose, adopt, lend, warm, held, ...arrays } = memory(device);
  const own = { ...arrays, free };
  const floor = { upload, read, free, ...elementwise(own) };
  return {
    name: 'webgpu',
    device: device.description,
    software: device.software,
    lost: device.lost,
    precision: 'float32',
    gpu: device.tfjs.device,
    fused: fused(own),
    lacks: (await flushesDenormals(floor))
      ? { denormals: 'the adapter flushes them to zero, as WGSL lets it' }
      : {},
    ...floor,
    ...{ memory: use, dispose },
    ...{ held, warmUp: warm, fromTfjs: adopt, toTfjs: lend },
    ...matmul(own),
    ...reduce(own),
    ...shape(own),
    ...softmax(own),
    ...indexing(own),
  };
}

async function flushesDenormals({
  upload,
  affine,
  read,
  free,
}: Pick<Backend, 'upload' | 'affine' | 'read' | 'free'>): Promise<boolean> {
  const x = upload([2 ** -126], [1]);
  const half = affine(x, 0.5, 0);
  const [value] = await read(half);
  free(x);
  free(half);
  return value === 0;
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean';
}

function isTfjs(value: unknown): boolean {
  return value instanceof WebGPUBackend;
}
