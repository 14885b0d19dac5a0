import { DeviceError } from '@recurra/core';
import { namesSoftware } from '@recurra/core/backend';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';

/** A GPU device, with tfjs's backend on it. */
export interface Device {
  readonly tfjs: WebGPUBackend;
  /** Human-readable name: `SwiftShader Device, software adapter`. */
  readonly description: string;
  /** True if the GPU is emulated in software. */
  readonly software: boolean;
  /** Resolves once the device is lost, except by {@link close}. */
  readonly lost: Promise<DeviceError>;
  /** The first error that the GPU has reported since the last call. */
  uncaptured(): DeviceError | undefined;
  /** Destroys the device, unless it is an application's. */
  close(): void;
}

/** The options of a device that the backend creates itself. */
export interface DeviceRequest {
  readonly allowSoftware: boolean;
  readonly powerPreference: GPUPowerPreference;
}

const HINTS = {
  browser:
    'use a browser with WebGPU, in a page over https or from localhost, with hardware acceleration on (chrome://gpu shows it)',
  node: "in Node install the package webgpu (npm install webgpu), and a Vulkan driver with its loader; set VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json and LD_LIBRARY_PATH=/usr/lib/chromium to use Chromium's software adapter",
};

/** @throws DeviceError if there is no adapter, or only a software adapter and it is not allowed */
export async function openDevice({ allowSoftware, powerPreference }: DeviceRequest): Promise<Device> {
  const gpu = await gpuOfHost();
  const adapter = await gpu.requestAdapter({ powerPreference });
  if (!adapter) throw new DeviceError(`webgpu: there is no adapter: ${HINTS[isNode() ? 'node' : 'browser']}`);
  checkSoftware(adapter.info, allowSoftware);
  const device = await adapter.requestDevice(descriptorFor(adapter)).catch((cause: Error) => {
    throw new DeviceError(`webgpu: ${nameOf(adapter.info)} gives no device: ${cause.message}`, { cause });
  });
  let uncaptured: DeviceError | undefined;
  device.addEventListener('uncapturederror', (event) => {
    event.preventDefault();
    uncaptured ??= new DeviceError(`webgpu: the GPU reports: ${event.error.message}`, { cause: event.error });
  });
  const tfjs = withNavigator(gpu, () => new WebGPUBackend(device, adapter.info));
  roundBufferSizes(tfjs);
  let closed = false;
  return {
    ...describe(tfjs, adapter.info, () => closed),
    uncaptured() {
      const error = uncaptured;
      uncaptured = undefined;
      return error;
    },
    close() {
      closed = true;
      tfjs.dispose();
      device.destroy();
    },
  };
}

/**
 * The device of an application's tfjs backend.
 * @throws DeviceError for a software adapter that is not allowed
 */
export function deviceOf(tfjs: WebGPUBackend, allowSoftware: boolean): Device {
  const info = tfjs.device.adapterInfo;
  checkSoftware(info, allowSoftware);
  return { ...describe(tfjs, info, () => false), uncaptured: () => undefined, close() {} };
}

function checkSoftware(info: GPUAdapterInfo, allowed: boolean): void {
  if (allowed || !isSoftware(info)) return;
  throw new DeviceError(
    `webgpu: the adapter is ${nameOf(info)}, a software-emulated GPU: ` +
      'webgpu({ allowSoftware: true }) allows it',
  );
}

function describe(
  tfjs: WebGPUBackend,
  info: GPUAdapterInfo,
  closed: () => boolean,
): Pick<Device, 'tfjs' | 'description' | 'software' | 'lost'> {
  const software = isSoftware(info);
  const lost = new Promise<DeviceError>((resolve) => {
    tfjs.device.lost.then(({ reason, message }) => {
      if (!closed()) resolve(new DeviceError(`webgpu: the device was lost (${reason}): ${message}`));
    });
  });
  return {
    tfjs,
    description: `${nameOf(info)}, ${software ? 'software' : 'hardware'} adapter`,
    software,
    lost,
  };
}

/** Few adapters report that they are software; the others are recognised by name. */
function isSoftware({
  isFallbackAdapter,
  vendor,
  architecture,
  device,
  description,
}: GPUAdapterInfo): boolean {
  return isFallbackAdapter === true || namesSoftware([vendor, architecture, device, description].join(' '));
}

function nameOf({ vendor, architecture, device, description }: GPUAdapterInfo): string {
  return description || device || [vendor, architecture].filter(Boolean).join(' ') || 'an unnamed adapter';
}

/** Requests the adapter's maximum limits: WebGPU grants only the defaults otherwise. */
function descriptorFor({ limits }: GPUAdapter): GPUDeviceDescriptor {
  const names = [
    'maxBufferSize',
    'maxStorageBufferBindingSize',
    'maxStorageBuffersPerShaderStage',
    'maxComputeWorkgroupStorageSize',
    'maxComputeInvocationsPerWorkgroup',
    'maxComputeWorkgroupSizeX',
    'maxComputeWorkgroupsPerDimension',
  ] as const;
  return {
    label: 'recurra',
    requiredLimits: Object.fromEntries(names.map((limit) => [limit, limits[limit]])),
  };
}

/**
 * Rounds the sizes of buffers up, so that tfjs's pool can use a buffer again for another of nearly the same size. The pool keeps
 * its buffers by exact size and is never emptied, and sequences of many lengths would fill it. There are four sizes to each
 * power of two.
 */
function roundBufferSizes({ bufferManager }: WebGPUBackend): void {
  const acquire = bufferManager.acquireBuffer.bind(bufferManager);
  bufferManager.acquireBuffer = (size, ...rest) => acquire(roundedSize(size), ...rest);
}

/** The smallest of the sizes that holds `bytes`. */
function roundedSize(bytes: number): number {
  const least = 256;
  if (bytes <= least) return least;
  const step = 2 ** (Math.floor(Math.log2(bytes - 1)) - 2);
  return Math.ceil(bytes / step) * step;
}

/** Dawn's GPU object in Node. This reference keeps it alive, because devices do not outlive it. */
let dawn: GPU | undefined;

/**
 * The host's WebGPU: that of the browser, or in Node that of the package `webgpu`, which also defines the
 * constants that tfjs reads.
 */
async function gpuOfHost(): Promise<GPU> {
  const own = globalThis.navigator?.gpu ?? dawn;
  if (own) return own;
  if (!isNode()) throw new DeviceError(`webgpu: this browser has no WebGPU: ${HINTS.browser}`);
  // A variable, so that bundlers do not resolve the package: pages never get here.
  const name = 'webgpu';
  let module: typeof import('webgpu');
  try {
    module = await import(/* @vite-ignore */ name);
  } catch (cause) {
    throw new DeviceError(`webgpu: Node has no built-in WebGPU: ${HINTS.node}`, { cause });
  }
  for (const [key, value] of Object.entries(module.globals)) {
    if (!(key in globalThis)) Object.assign(globalThis, { [key]: value });
  }
  // Kernels here write workgroup memory before they read it. Zeroing it takes SwiftShader's compiler seconds per kernel.
  dawn ??= module.create(['enable-dawn-features=disable_workgroup_init']);
  return dawn;
}

function isNode(): boolean {
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  return process?.versions?.node !== undefined;
}

/** Runs `create` with a `navigator.gpu`, which tfjs requires. Node has it only during the call. */
function withNavigator<T>(gpu: GPU, create: () => T): T {
  if (globalThis.navigator?.gpu) return create();
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  try {
    return create();
  } finally {
    if (before) Object.defineProperty(globalThis, 'navigator', before);
    else Reflect.deleteProperty(globalThis, 'navigator');
  }
}
