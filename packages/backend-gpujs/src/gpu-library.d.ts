/* gpu.js itself, which scripts/bundle-gpu.mjs puts into dist. */
import type { Gpu, GpuSettings } from './gpu.js';

declare const library: {
  readonly GPU: {
    new (settings: GpuSettings): Gpu;
    readonly isHeadlessGLSupported: boolean;
  };
};
export default library;
