/*
 * The instruction sets that the kernels are compiled for. To add one: an entry here, its test in addon/instructions.cpp, and its name
 * in src/index.ts.
 *
 *   width    floats in a vector
 *   vectors  vectors in a row of a panel of the matrix product
 *   rows     rows of its tile: rows · vectors sums, a row of the panel and one factor must fit the registers. With 32 registers, GCC 12
 *            keeps 24 sums in them, but not 28
 */
const x64 = [
  {
    name: 'avx512',
    title: 'AVX-512',
    width: 16,
    vectors: 2,
    rows: 12,
    flags: ['-mavx512f', '-mavx512vl', '-mavx512dq', '-mavx512bw', '-mfma', '-mbmi2'],
  },
  { name: 'avx2', title: 'AVX2', width: 8, vectors: 2, rows: 6, flags: ['-mavx2', '-mfma', '-mbmi2'] },
  { name: 'portable', title: 'SSE2', width: 4, vectors: 2, rows: 6, flags: [] },
];

/** For tests: the kernels as AVX-512 has them, with vectors of 16 floats, on a processor without it. Slow. */
const wide = { ...x64[0], name: 'wide', title: 'AVX2 as AVX-512', flags: x64[1].flags };

const arm64 = [{ name: 'neon', title: 'NEON', width: 4, vectors: 4, rows: 6, flags: [] }];

const others = [{ name: 'portable', title: 'portable vectors', width: 4, vectors: 2, rows: 3, flags: [] }];

/** The sets of an architecture of Node, the fastest first; or those with these names. */
export function setsFor(architecture, names) {
  if (architecture !== 'x64') return architecture === 'arm64' ? arm64 : others;
  if (!names) return x64;
  const all = [...x64, wide];
  const unknown = names.filter((name) => !all.some((set) => set.name === name));
  if (unknown.length > 0) {
    throw new Error(
      `unknown instruction sets: ${unknown.join(', ')}; known: ${all.map(({ name }) => name).join(', ')}`,
    );
  }
  return all.filter(({ name }) => names.includes(name));
}
