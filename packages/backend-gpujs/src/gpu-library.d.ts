/* gpu.js, which scripts/bundle-gpu.mjs bundles into dist. */
import type { Gpu, GpuSettings } from './gpu.js';

declare const library: {
  readonly GPU: {
    new (settings: GpuSettings): Gpu;
    readonly isHeadlessGLSupported: boolean;
  };
};
export default library;
