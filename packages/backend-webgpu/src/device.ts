import { DeviceError, namesSoftware } from '@recurra/core';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';

/** A GPU, with tfjs's backend on it. */
export interface Device {
  readonly tfjs: WebGPUBackend;
  /** For people: `SwiftShader Device, software adapter`. */
  readonly description: string;
  /** Whether the CPU does the work of a GPU. */
  readonly software: boolean;
  /** Resolves once the device is lost, save by {@link close}. */
  readonly lost: Promise<DeviceError>;
  /** The first error that the GPU has reported since this was last asked. */
  uncaptured(): DeviceError | undefined;
  /** Gives back what was taken; leaves an application's own device alone. */
  close(): void;
}

/** What a device of our own is made with. */
export interface DeviceRequest {
  readonly allowSoftware: boolean;
  readonly powerPreference: GPUPowerPreference;
}

const HOW = {
  browser:
    'use a browser with WebGPU, in a page over https or from localhost, with hardware acceleration on (chrome://gpu shows it)',
  node: "in Node install the package webgpu (npm install webgpu), and a Vulkan driver with its loader; Chromium's software adapter is found with VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json and LD_LIBRARY_PATH=/usr/lib/chromium",
};

/** @throws DeviceError where there is no adapter, or only a software adapter that is not allowed */
export async function openDevice({ allowSoftware, powerPreference }: DeviceRequest): Promise<Device> {
  const gpu = await gpuOfHost();
  const adapter = await gpu.requestAdapter({ powerPreference });
  if (!adapter) throw new DeviceError(`webgpu: there is no adapter: ${HOW[isNode() ? 'node' : 'browser']}`);
  checkSoftware(adapter.info, allowSoftware);
  const device = await adapter.requestDevice(wishes(adapter)).catch((cause: Error) => {
    throw new DeviceError(`webgpu: ${nameOf(adapter.info)} gives no device: ${cause.message}`, { cause });
  });
  let uncaptured: DeviceError | undefined;
  device.addEventListener('uncapturederror', (event) => {
    event.preventDefault();
    uncaptured ??= new DeviceError(`webgpu: the GPU reports: ${event.error.message}`, { cause: event.error });
  });
  const tfjs = withNavigator(gpu, () => new WebGPUBackend(device, adapter.info));
  inBuckets(tfjs);
  let closed = false;
  return {
    ...facts(tfjs, adapter.info, () => closed),
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
  return { ...facts(tfjs, info, () => false), uncaptured: () => undefined, close() {} };
}

function checkSoftware(info: GPUAdapterInfo, allowed: boolean): void {
  if (allowed || !isSoftware(info)) return;
  throw new DeviceError(
    `webgpu: the adapter is ${nameOf(info)}, which does the work of a GPU in software: ` +
      'webgpu({ allowSoftware: true }) takes it',
  );
}

function facts(
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

/** Some drivers say so; the others are known by their names. */
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
  return (
    description || device || [vendor, architecture].filter(Boolean).join(' ') || 'an adapter without a name'
  );
}

/** All that kernels can use of the adapter; a device has the least of everything unless asked for. */
function wishes({ limits }: GPUAdapter): GPUDeviceDescriptor {
  const most = [
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
    requiredLimits: Object.fromEntries(most.map((limit) => [limit, limits[limit]])),
  };
}

/**
 * Lets buffers of nearly the same size share one place in tfjs's pool, which is kept by size and never emptied: with four
 * sizes to each power of two, sequences of many lengths use few of them.
 */
function inBuckets({ bufferManager }: WebGPUBackend): void {
  const acquire = bufferManager.acquireBuffer.bind(bufferManager);
  bufferManager.acquireBuffer = (size, ...rest) => acquire(bucketOf(size), ...rest);
}

/** The least size of a bucket that holds `bytes`. */
export function bucketOf(bytes: number): number {
  const least = 256;
  if (bytes <= least) return least;
  const step = 2 ** (Math.floor(Math.log2(bytes - 1)) - 2);
  return Math.ceil(bytes / step) * step;
}

/** Node's way to the GPU: kept, for its devices do not outlive it. */
let dawn: GPU | undefined;

/** Where WebGPU is: in a browser, or in the package `webgpu` of Node, which also has the constants that tfjs reads. */
async function gpuOfHost(): Promise<GPU> {
  const own = globalThis.navigator?.gpu ?? dawn;
  if (own) return own;
  if (!isNode()) throw new DeviceError(`webgpu: there is no WebGPU here: ${HOW.browser}`);
  // Not to be found by a bundler: in a page this is never reached.
  const name = 'webgpu';
  let module: typeof import('webgpu');
  try {
    module = await import(/* @vite-ignore */ name);
  } catch (cause) {
    throw new DeviceError(`webgpu: Node has no WebGPU of its own: ${HOW.node}`, { cause });
  }
  for (const [key, value] of Object.entries(module.globals)) {
    if (!(key in globalThis)) Object.assign(globalThis, { [key]: value });
  }
  // Our kernels write workgroup memory before they read it. To zero it takes SwiftShader's compiler seconds a kernel.
  dawn ??= module.create(['enable-dawn-features=disable_workgroup_init']);
  return dawn;
}

function isNode(): boolean {
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  return process?.versions?.node !== undefined;
}

/** Runs `make` with a `navigator.gpu`, without which tfjs makes no backend; in Node it is there only meanwhile. */
function withNavigator<T>(gpu: GPU, make: () => T): T {
  if (globalThis.navigator?.gpu) return make();
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  try {
    return make();
  } finally {
    if (before) Object.defineProperty(globalThis, 'navigator', before);
    else Reflect.deleteProperty(globalThis, 'navigator');
  }
}
