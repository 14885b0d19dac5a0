/* An entry of its own, for benchmarks. */
import { instantiate, type Simd } from './wasm.js';

/** Elements of a row in the tile: as deep as the blocks of a large product. */
const DEPTH = 256;
/** Takes a few milliseconds. */
const TIMES = 10_000;

/**
 * A function that measures how fast the innermost kernel is just now, in GFLOP/s, with all it needs in the first cache. A
 * product's speed as a share of it says what is lost around it, whatever else the machine is doing.
 */
export async function tileMeter(simd: Simd | 'auto' = 'auto'): Promise<() => number> {
  const { kernels } = await instantiate({ simd, threads: 1 });
  return () => {
    const start = performance.now();
    kernels.repeatTile(DEPTH, TIMES);
    const seconds = (performance.now() - start) / 1000;
    return (TIMES * DEPTH * 2 * 16 * 2) / seconds / 1e9;
  };
}
