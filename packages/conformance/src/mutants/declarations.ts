/* Backends with a false or missing declaration, and backends that exceed the float32 tolerances. */
import type { Backend } from '@recurra/core';
import type { Capability } from '@recurra/core/backend';
import { baselineKernels } from './baseline-kernels.js';
import { compute, isNumber, type Mutant, mutant, roundTo } from './mutant.js';

const single = (
  name: string,
  what: string,
  change: (right: Backend) => Partial<Backend>,
  first = 'operations',
): Mutant => mutant(`float32: ${name}`, what, first, change, ['float32']);

/** A declared lack can be judged only after the cases that need the capability have run. */
const ofCapability =
  (capability: Capability): Mutant['first'] =>
  ({ needs, group }) =>
    needs === capability || group === 'capabilities';

const lacking = (capability: Capability): Mutant =>
  mutant(
    `lacks ${capability}: not so`,
    'the lack is declared, but the capability works',
    ofCapability(capability),
    (right) => ({
      fused: baselineKernels(right),
      lacks: { [capability]: 'not yet' },
    }),
  );

export const declarations: Mutant[] = [
  ...(
    [
      'fused',
      'nan',
      'infinity',
      'fusedNan',
      'denormals',
      'determinism',
      'largeTensors',
      'coexistence',
    ] as const
  ).map(lacking),
  mutant('a lack of nan: not declared', 'NaN becomes 0, but no lack is declared', 'operations', (right) => ({
    lacks: {},
    binary: (op, a, b) =>
      compute(right, (tape) => {
        const y = tape[op](a, b);
        return tape.select(isNumber(tape, y), y, tape.fill([1], 0));
      }),
  })),

  single(
    'race',
    'the last bit of a product is sometimes different',
    (right) => {
      let calls = 0;
      return {
        matmul(a, b, ...transposed) {
          const y = right.matmul(a, b, ...transposed);
          return ++calls % 3 ? y : compute(right, (tape) => tape.affine(tape.own(y), 1 + 2 ** -23));
        },
      };
    },
    'determinism',
  ),
  single(
    'small numbers are flushed',
    'numbers below 2⁻¹²⁶ become 0, but no lack is declared',
    (right) => ({
      affine: (x, scale, shift) =>
        compute(right, (tape) => {
          const y = tape.affine(x, scale, shift);
          const large = tape.step(tape.affine(tape.abs(y), 1, -(2 ** -126) * (1 - 2 ** -30)));
          return tape.select(tape.mul(isNumber(tape, y), tape.affine(large, -1, 1)), tape.fill([1], 0), y);
        }),
    }),
    'limits',
  ),
  single('half precision products', 'a product of more than 16 terms is rounded to 11 bits', (right) => ({
    matmul: (a, b, transposeA, transposeB) =>
      compute(right, (tape) => {
        const y = tape.matmul(a, b, { transposeA, transposeB });
        return a.shape[transposeA ? 0 : 1] > 16 ? roundTo(11, tape, y) : y;
      }),
  })),
  single('half precision uploads', 'whole numbers are exact only up to 2¹¹', (right) => ({
    upload: (data, shape) => compute(right, (tape) => roundTo(11, tape, tape.constant(data, shape))),
  })),
  single('rough exp', 'exp is accurate to 12 bits only', (right) => ({
    unary: (op, x) =>
      op === 'exp' ? compute(right, (tape) => roundTo(12, tape, tape.exp(x))) : right.unary(op, x),
  })),
];
