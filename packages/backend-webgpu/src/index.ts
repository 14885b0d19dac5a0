import type { Backend, Tensor } from '@recurra/core';
import { checkOptions, custom, isRecord, type KernelForms, oneOf, optional } from '@recurra/core/backend';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { deviceOf, openDevice } from './device.js';
import { elementwise } from './elementwise.js';
import { crossEntropy } from './fused/cross-entropy.js';
import { ctc } from './fused/ctc.js';
import { dense } from './fused/dense.js';
import { FormChoice } from './fused/form-choice.js';
import { linearScan } from './fused/linear-scan.js';
import { measuredRecurrent } from './fused/measured-recurrent.js';
import { optimizer } from './fused/optimizer.js';
import { indexing } from './indexing.js';
import { matmul } from './matmul.js';
import { memory } from './memory.js';
import { reduce } from './reduce.js';
import { shape } from './shape.js';
import { softmax } from './softmax.js';

/** Options of {@link webgpu}. */
export interface WebGpuOptions {
  /** Allow a software-emulated GPU (slow). Default false. */
  readonly allowSoftware?: boolean;
  /** The GPU to use if there are several. Default 'high-performance'. */
  readonly powerPreference?: 'high-performance' | 'low-power';
  /**
   * An application's tfjs backend, `tf.backend()` while `tf.getBackend()` is 'webgpu': the backend uses its
   * device, and tensors are exchanged without a copy. Default: the backend creates its own device.
   */
  readonly tfjs?: WebGPUBackend;
  /**
   * The forms of kernels that an earlier session measured on the same device: its `backend.forms.choices()`, for which nothing
   * is measured again. Default: none.
   */
  readonly forms?: Readonly<Record<string, string>>;
}

/** The WebGPU backend, with its members beyond the contract. */
export interface WebGpuBackend extends Backend {
  /** True if the GPU is emulated in software. */
  readonly software: boolean;
  readonly forms: KernelForms;
  readonly lost: Promise<Error>;
  /** Bytes of GPU memory, of tensors and of buffers that are kept for reuse. */
  held(): number;
  /** The device, for its limits and features. */
  readonly gpu: GPUDevice;
  /**
   * Compiles kernels in parallel ahead of their first use: those that `run` uses on this backend. While `run`
   * is running, nothing is computed, and every tensor that is read is zero. Therefore train a network that is
   * discarded afterwards.
   * @throws DeviceError for a kernel that the device cannot compile
   */
  warmUp(run: () => Promise<unknown>): Promise<void>;
  /**
   * A handle to a float32 tensor of the option `tfjs`, of rank 1 to 4, without a copy. Free both, in any order.
   * @throws ForeignTensorError for a tensor that is not on that tfjs backend; DataError for another dtype; ShapeError for
   * another rank or number of elements
   */
  fromTfjs(x: TensorInfo): Tensor;
  /** The tfjs side of a tensor, without a copy. `tf.engine().makeTensorFromTensorInfo` makes a tensor of it, which tfjs frees. */
  toTfjs(x: Tensor): TensorInfo;
}

/**
 * Creates a WebGPU backend, in float32: kernels in WGSL for every operation, with the buffers and the command encoder of
 * tfjs's WebGPU backend. Nothing is computed on the CPU. Calls only record work, which is submitted by `read`, or once many
 * kernels have been recorded.
 *
 * @throws OptionError for an unknown option or value, also in `forms`. DeviceError if there is no adapter, or only a software
 * adapter and it is not allowed. Later, every call throws a DeviceError if the device is lost, and `read`
 * rejects with the error that the GPU has reported.
 */
export async function webgpu(options: WebGpuOptions = {}): Promise<WebGpuBackend> {
  const {
    tfjs,
    forms: earlier,
    ...request
  } = checkOptions('webgpu', options, {
    allowSoftware: optional(custom<boolean>('true or false', isBoolean), false),
    powerPreference: optional(oneOf('high-performance', 'low-power'), 'high-performance'),
    tfjs: optional(custom<WebGPUBackend | undefined>("tfjs's WebGPU backend", isTfjs), undefined),
    forms: optional(custom<Readonly<Record<string, string>>>('an object', isRecord), {}),
  });
  const device = tfjs ? deviceOf(tfjs, request.allowSoftware) : await openDevice(request);
  const parts = memory(device);
  const { upload, read, memory: usage, dispose, fromTfjs, toTfjs, warmUp, held, ...context } = parts;
  const { free } = context;
  const operations = {
    ...matmul(context),
    ...elementwise(context),
    ...reduce(context),
    ...shape(context),
    ...softmax(context),
    ...indexing(context),
  };
  const forms = new FormChoice(context);
  forms.use(earlier);
  const flushes = await flushesDenormals({ upload, read, free, affine: operations.affine });
  return {
    contractVersion: 2,
    name: 'webgpu',
    device: device.description,
    software: device.software,
    precision: 'float32',
    forms,
    lost: device.lost,
    gpu: device.tfjs.device,
    lacks: flushes ? { denormals: 'the adapter flushes them to zero, which WGSL allows' } : {},
    fused: {
      recurrent: measuredRecurrent(context, operations, forms, !device.software),
      dense: dense(context),
      crossEntropy: crossEntropy(context),
      scan: linearScan(context),
      ctc: ctc(context),
      optimizer: optimizer(context),
    },
    ...{ upload, read, free, memory: usage, dispose },
    ...{ held, warmUp, fromTfjs, toTfjs },
    ...operations,
  };
}

/** True if the adapter flushes denormal results to zero. */
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
