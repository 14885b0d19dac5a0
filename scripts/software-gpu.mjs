// A software-emulated GPU for WebGPU in Node: the one that comes with Chromium, added to the drivers of the machine.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const chromium = '/usr/lib/chromium';
const driver = join(chromium, 'vk_swiftshader_icd.json');

/** A folder: in a process that starts there, the software-emulated GPU has one thread. Chromium's own does not look there. */
export const oneThread = fileURLToPath(new URL('one-gpu-thread', import.meta.url));

/**
 * The environment variables with which a process finds it: the driver, and its loader. Empty if the user has chosen
 * drivers. It is needed because a machine's own drivers may have no device, or lack features that WebGPU needs, as Mesa's lavapipe
 * in Debian 12. A real GPU is preferred. The loader reads the variables when a process starts, so they work only in new processes.
 */
export function softwareGpu() {
  const { VK_ICD_FILENAMES, VK_DRIVER_FILES, VK_ADD_DRIVER_FILES, LD_LIBRARY_PATH } = process.env;
  if (VK_ICD_FILENAMES || VK_DRIVER_FILES || VK_ADD_DRIVER_FILES || !existsSync(driver)) return {};
  const path = [LD_LIBRARY_PATH, chromium].filter(Boolean).join(delimiter);
  return { VK_ADD_DRIVER_FILES: driver, LD_LIBRARY_PATH: path };
}
