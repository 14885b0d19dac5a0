/** The names of software-emulated GPUs of Chromium, Mesa and Microsoft. */
const EMULATORS = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|warp/i;

/**
 * Detects a software-emulated GPU by the name of its driver, for {@link Backend.software}, if the API has no such flag.
 *
 * @param name the name of the adapter or renderer: `ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device …`
 */
export function namesSoftware(name: string): boolean {
  return EMULATORS.test(name);
}
