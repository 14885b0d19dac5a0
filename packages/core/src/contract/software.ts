/** Names of GPUs that are emulated by Chromium, Mesa and Microsoft. */
const EMULATORS = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|warp/i;

/**
 * Whether a GPU is emulated in software, by the name of its driver: for {@link Backend.software}, where the API does not say.
 *
 * @param name of the adapter or renderer: `ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device …`
 */
export function namesSoftware(name: string): boolean {
  return EMULATORS.test(name);
}
