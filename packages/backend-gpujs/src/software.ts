/** The software renderers of Chromium, Mesa and Microsoft. */
const SOFTWARE_RENDERERS = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|warp/i;

/**
 * Whether a WebGL renderer emulates a GPU in software. WebGL does not say so, so this goes by the renderer's name.
 *
 * @param renderer for example `ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device …`
 */
export function isSoftwareRenderer(renderer: string): boolean {
  return SOFTWARE_RENDERERS.test(renderer);
}
