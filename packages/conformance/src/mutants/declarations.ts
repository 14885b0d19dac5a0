/* Backends that declare what is not so; and backends that are wrong by the tolerances of float32. */
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

/** Whether a lack is one is known only when the cases that need what is lacking have run. */
const ofCapability =
  (capability: Capability): Mutant['first'] =>
  ({ needs, group }) =>
    needs === capability || group === 'capabilities';

const lacking = (capability: Capability): Mutant =>
  mutant(`lacks ${capability}: not so`, 'it is declared, and works', ofCapability(capability), (right) => ({
    fused: baselineKernels(right),
    lacks: { [capability]: 'not yet' },
  }));

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
  mutant('a lack of nan: not said', 'NaN becomes 0, and no lack is declared', 'operations', (right) => ({
    lacks: {},
    binary: (op, a, b) =>
      compute(right, (tape) => {
        const y = tape[op](a, b);
        return tape.select(isNumber(tape, y), y, tape.fill([1], 0));
      }),
  })),

  single(
    'race',
    'the last bit of a product is another one now and then',
    (right) => {
      let calls = 0;
      return {
        matmul(a, b, ...transposed) {
          const y = right.matmul(a, b, ...transposed);
          return ++calls % 3 ? y : compute(right, (tape) => tape.affine(tape.own(y), 1 + 2 ** -25));
        },
      };
    },
    'determinism',
  ),
  single(
    'small numbers are flushed',
    'what is below 2⁻¹²⁶ becomes 0, and no lack is declared',
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
  single('half precision products', 'a product of more than 16 terms is held in 11 bits', (right) => ({
    matmul: (a, b, transposeA, transposeB) =>
      compute(right, (tape) => {
        const y = tape.matmul(a, b, { transposeA, transposeB });
        return a.shape[transposeA ? 0 : 1] > 16 ? roundTo(11, tape, y) : y;
      }),
  })),
  single('half precision uploads', 'whole numbers are exact to 2¹¹', (right) => ({
    upload: (data, shape) => compute(right, (tape) => roundTo(11, tape, tape.constant(data, shape))),
  })),
  single('rough exp', 'right to 12 bits', (right) => ({
    unary: (op, x) =>
      op === 'exp' ? compute(right, (tape) => roundTo(12, tape, tape.exp(x))) : right.unary(op, x),
  })),
];
