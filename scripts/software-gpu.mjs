// A GPU in software for WebGPU in Node, beside the drivers of the machine: the one that comes with Chromium.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const chromium = '/usr/lib/chromium';
const driver = join(chromium, 'vk_swiftshader_icd.json');

/**
 * What a process must be started with to find it: the driver, and the loader beside it. Nothing where the user has chosen drivers.
 * It is added to what the machine has, whose drivers may be for no device that is there, or, as Mesa's lavapipe in Debian 12, may
 * lack what WebGPU needs; a GPU goes before it. The loader looks at the variables when the process begins, so they are for a
 * new one.
 */
export function softwareGpu() {
  const { VK_ICD_FILENAMES, VK_DRIVER_FILES, VK_ADD_DRIVER_FILES, LD_LIBRARY_PATH } = process.env;
  if (VK_ICD_FILENAMES || VK_DRIVER_FILES || VK_ADD_DRIVER_FILES || !existsSync(driver)) return {};
  const path = [LD_LIBRARY_PATH, chromium].filter(Boolean).join(delimiter);
  return { VK_ADD_DRIVER_FILES: driver, LD_LIBRARY_PATH: path };
}
