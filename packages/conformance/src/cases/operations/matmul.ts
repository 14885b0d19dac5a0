import type { Check } from '../../check.js';
import { EDGES, random, type Values } from '../../numbers.js';
import type { Case } from '../../suite.js';
import { ofOperation } from '../../tolerance.js';

const group = 'operations/matmul';
const SIZES = [0, ...EDGES];

/** Sizes [m, k, n] in which every pair of sizes occurs in every two positions, and each larger size alone. */
const TRIPLES = [
  ...SIZES.flatMap((m, i) =>
    SIZES.map((_, j) => [m, SIZES[(i + j) % SIZES.length], SIZES[(i + 2 * j) % SIZES.length]]),
  ),
  ...[31, 32, 33, 127, 128, 129].flatMap((size) => [
    [size, 33, 17],
    [17, size, 33],
    [33, 17, size],
    [size, size, size],
  ]),
];

export const FORMS = [
  { name: 'a · b', transposeA: false, transposeB: false },
  { name: 'aᵀ · b', transposeA: true, transposeB: false },
  { name: 'a · bᵀ', transposeA: false, transposeB: true },
  { name: 'aᵀ · bᵀ', transposeA: true, transposeB: true },
];

/** Non-finite values among finite ones. */
export const SPECIAL = [
  { what: 'NaN', needs: 'nan', data: [1, 2, 0, Number.NaN] },
  { what: 'infinity', needs: 'infinity', data: [-Infinity, 1, 2, Infinity] },
] as const;

export const matmul: Case[] = FORMS.flatMap(({ name, transposeA, transposeB }) => [
  {
    group,
    name: `${name}, over the edges of tiles`,
    async run(check) {
      for (const [m, k, n] of TRIPLES) {
        const a = random(transposeA ? [k, m] : [m, k], m + k);
        const b = random(transposeB ? [n, k] : [k, n], k + n + 1);
        const y = check.made(check.backend.matmul(check.upload(a), check.upload(b), transposeA, transposeB));
        const { product, magnitudes } = multiply(a, b, transposeA, transposeB);
        const bound = ofOperation('matmul', { magnitudes, terms: k }, check.precision);
        await check.tensor(`[${m},${k}] · [${k},${n}] at `, y, product, bound);
      }
    },
  },
  ...SPECIAL.map(({ what, needs, data }) => ({
    group,
    name: `${name}, ${what} goes through`,
    needs,
    async run(check: Check) {
      const special = { shape: [2, 2], data };
      const other = { shape: [2, 2], data: [2, 0, 3, 1] };
      for (const [a, b] of [
        [special, other],
        [other, special],
      ]) {
        const y = check.made(check.backend.matmul(check.upload(a), check.upload(b), transposeA, transposeB));
        const { product, magnitudes } = multiply(a, b, transposeA, transposeB);
        const bound = ofOperation('matmul', { magnitudes, terms: 2 }, check.precision);
        await check.tensor(`${what} on the ${a === special ? 'left' : 'right'}: `, y, product, bound);
      }
    },
  })),
]);

/** The product by its definition, and Σ |terms|. */
export function multiply(a: Values, b: Values, transposeA: boolean, transposeB: boolean) {
  const [m, k] = transposeA ? [a.shape[1], a.shape[0]] : a.shape;
  const n = b.shape[transposeB ? 0 : 1];
  const product = new Float64Array(m * n);
  const magnitudes = new Float64Array(m * n);
  for (let row = 0; row < m; row++) {
    for (let column = 0; column < n; column++) {
      for (let i = 0; i < k; i++) {
        const left = a.data[transposeA ? i * m + row : row * k + i];
        const right = b.data[transposeB ? column * k + i : i * n + column];
        product[row * n + column] += left * right;
        magnitudes[row * n + column] += Math.abs(left * right);
      }
    }
  }
  return { product: { shape: [m, n], data: product }, magnitudes };
}
