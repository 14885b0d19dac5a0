/** Software adapters of Chromium, Mesa and Windows. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|warp/i;

/** Whether an adapter emulates a GPU in software. Few adapters report it; the others are recognised by name. */
export function isSoftware({
  isFallbackAdapter,
  vendor,
  architecture,
  device,
  description,
}: GPUAdapterInfo): boolean {
  return isFallbackAdapter === true || SOFTWARE.test([vendor, architecture, device, description].join(' '));
}
