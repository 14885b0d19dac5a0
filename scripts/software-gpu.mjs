// A GPU in software for WebGPU in Node, where the machine has no Vulkan driver: the one that comes with Chromium.
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const chromium = '/usr/lib/chromium';
const driver = join(chromium, 'vk_swiftshader_icd.json');
const drivers = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'];

/**
 * What a process must be started with to find it: the driver, and the loader beside it. Nothing where the machine, or the
 * user, has a driver; the loader looks at the variables when the process begins, so they are for a new one.
 */
export function softwareGpu() {
  const { VK_ICD_FILENAMES, VK_DRIVER_FILES, LD_LIBRARY_PATH } = process.env;
  const own = drivers.some((folder) => existsSync(folder) && readdirSync(folder).length > 0);
  if (VK_ICD_FILENAMES || VK_DRIVER_FILES || own || !existsSync(driver)) return {};
  const path = [LD_LIBRARY_PATH, chromium].filter(Boolean).join(delimiter);
  return { VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: path };
}
