/* A required operation, on generated arguments. */
import fc from 'fast-check';
import { type GeneratedCase, generatedCase } from '../../generation.js';
import { type Call, provesOperation } from '../../operation-proof.js';

/** The result is the reference's, and no argument changes. */
export function operation<Example>(
  name: string,
  examples: fc.Arbitrary<Example>,
  call: (example: Example) => Call,
): GeneratedCase {
  return generatedCase('generated/operations', name, examples, (check, example) =>
    provesOperation(check, call(example)),
  );
}

/** Exact in float32. */
export const quarters = fc.integer({ min: -9, max: 9 }).map((n) => n / 4);
/** The range of most arguments. */
export const SIGNED = [-2, 2] as const;
