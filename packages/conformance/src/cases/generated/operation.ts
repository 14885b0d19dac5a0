/* An operation of the ground floor, on generated arguments. */
import type { Backend, Tensor } from '@recurra/core';
import fc from 'fast-check';
import type { Check } from '../../check.js';
import { type GeneratedCase, generatedCase } from '../../generation.js';
import { read, type Values } from '../../numbers.js';
import { type Bound, exact, type Precision } from '../../tolerance.js';

/** An operation and what it is called with. */
export interface Call {
  readonly inputs: readonly Values[];
  readonly run: (backend: Backend, inputs: readonly Tensor[]) => Tensor;
  /** Absent: exact. */
  readonly bound?: (expected: Values, magnitudes: Values, precision: Precision) => Bound;
}

/** The result is the reference's, and no argument changes. */
export function operation<Example>(
  name: string,
  examples: fc.Arbitrary<Example>,
  call: (example: Example) => Call,
): GeneratedCase {
  return generatedCase('generated/operations', name, examples, (check, example) =>
    proves(check, call(example)),
  );
}

async function proves(check: Check, { inputs, run, bound = () => exact }: Call): Promise<void> {
  const reference = await check.reference();
  const on = async (values: readonly Values[]) => {
    const tensors = values.map(({ data, shape }) => reference.upload(data, shape));
    return read(reference, run(reference, tensors));
  };
  const expected = await on(inputs);
  // Σ |terms| is the operation on the numbers without their signs.
  const magnitudes = await on(inputs.map(({ data, shape }) => ({ shape, data: Array.from(data, Math.abs) })));
  const tensors = inputs.map((values) => check.upload(values));
  const y = check.made(run(check.backend, tensors));
  await check.tensor('the result at ', y, expected, bound(expected, magnitudes, check.precision));
  for (const [i, tensor] of tensors.entries()) {
    await check.tensor(`argument ${i}, afterwards, at `, tensor, inputs[i], exact);
  }
}

/** Exact in float32. */
export const quarters = fc.integer({ min: -9, max: 9 }).map((n) => n / 4);
/** The range of most arguments. */
export const SIGNED = [-2, 2] as const;
