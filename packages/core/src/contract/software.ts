/** Chromium's, Mesa's and Microsoft's. */
const PROGRAMS = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|warp/i;

/**
 * Whether the CPU does the work of a GPU, for {@link Backend.software}, by what the driver calls itself: few say it otherwise.
 *
 * @param name of the adapter or renderer: `ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device …`
 */
export function namesSoftware(name: string): boolean {
  return PROGRAMS.test(name);
}
