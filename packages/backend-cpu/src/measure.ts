/* The entry point `@recurra/backend-cpu/measure`, for benchmarks. */
import { PANEL } from './abi.generated.js';
import { instantiate, type Simd } from './wasm.js';

/** The depth of the tile: that of the blocks of a large product. */
const DEPTH = 256;
/** The number of times that the tile runs in one measurement, which takes a few milliseconds. */
const REPEATS = 10_000;

/**
 * Returns a function that measures the current speed of the innermost kernel, in GFLOP/s, with all data in the L1 cache. The
 * speed of a whole product as a share of it shows the overhead around the kernel, even on a busy machine.
 */
export async function tileMeter(simd: Simd | 'auto' = 'auto'): Promise<() => number> {
  const { kernels } = await instantiate({ simd, threads: 1 });
  return () => {
    const start = performance.now();
    kernels.repeatTile(DEPTH, REPEATS);
    const seconds = (performance.now() - start) / 1000;
    // Two rows, and an addition and a multiplication for each element of the panel.
    return (REPEATS * DEPTH * 2 * PANEL * 2) / seconds / 1e9;
  };
}
