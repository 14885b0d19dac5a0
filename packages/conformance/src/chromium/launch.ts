/* Locates and starts headless Chromium. */
import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import type { GpuKind } from '../gpu.js';
import { ChromiumMissingError } from './errors.js';

/**
 * Flags with which Chromium offers WebGPU without a GPU, on its software adapter. Some other sets of flags
 * give an adapter whose reads return zeros.
 */
export const SOFTWARE_GPU_FLAGS: readonly string[] = [
  '--enable-unsafe-webgpu',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
  '--use-angle=swiftshader',
  // Kernels write workgroup memory before they read it, so it need not be zeroed, which takes SwiftShader
  // seconds to compile.
  '--enable-dawn-features=disable_workgroup_init',
];

/** Flags with which Chromium offers WebGL without a GPU. */
export const SOFTWARE_WEBGL_FLAGS: readonly string[] = [
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
];

/**
 * Flags with which Chromium uses the machine's GPU for WebGPU and WebGL, without a display, through Vulkan.
 * On a machine without a GPU, Chromium may fall back to software.
 */
export const HARDWARE_GPU_FLAGS: readonly string[] = [
  '--use-angle=vulkan',
  '--enable-features=Vulkan',
  '--disable-vulkan-surface',
  '--enable-unsafe-webgpu',
  '--ignore-gpu-blocklist',
  '--disable-gpu-sandbox',
];

/**
 * Chromium's flags for a page that uses a GPU.
 * @param api the GPU API that the page uses; undefined: none
 * @param kind `hardware` for a real GPU, or `software` for an emulated one (the default)
 * @returns undefined if the page uses no GPU: the default of {@link launchChromium}
 */
export function gpuFlags(
  api: 'webgl' | 'webgpu' | undefined,
  kind: GpuKind = 'software',
): readonly string[] | undefined {
  if (api === undefined) return undefined;
  if (kind === 'hardware') return HARDWARE_GPU_FLAGS;
  return api === 'webgl' ? SOFTWARE_WEBGL_FLAGS : SOFTWARE_GPU_FLAGS;
}

/** Chromium's background services would flood a closed network with failing requests. */
const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
];

/** True if Chromium is at `CHROMIUM_PATH`, or else at `/usr/bin/chromium`. */
export function hasChromium(): boolean {
  return existsSync(path());
}

/**
 * Starts headless Chromium. For root it is started without its sandbox, which does not work for that user.
 *
 * @param flags in addition to those that disable its background services. Default: `['--disable-gpu']`
 * @throws ChromiumMissingError if Chromium or `playwright-core` is not installed
 */
export async function launchChromium(flags: readonly string[] = ['--disable-gpu']): Promise<Browser> {
  if (!hasChromium()) {
    throw new ChromiumMissingError(
      `there is no Chromium at ${path()}: install it (apt-get install chromium), or set CHROMIUM_PATH to its path`,
    );
  }
  const { chromium } = await installed('playwright-core', () => import('playwright-core'));
  return chromium.launch({
    executablePath: path(),
    args: [...QUIET, ...flags],
    chromiumSandbox: process.getuid?.() !== 0,
  });
}

/** Loads a package on demand. @throws ChromiumMissingError if it is not installed */
export async function installed<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new ChromiumMissingError(`${name} cannot be loaded: npm install --save-dev ${name}`, { cause });
  }
}

function path(): string {
  return process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
}
