/* Compares a required operation with the reference's. */
import type { Backend, Tensor } from '@recurra/core';
import type { Check } from './check.js';
import { read, type Values } from './numbers.js';
import { type Bound, exact, type Precision } from './tolerance.js';

/** An operation and its arguments. */
export interface Call {
  readonly inputs: readonly Values[];
  readonly run: (backend: Backend, inputs: readonly Tensor[]) => Tensor;
  /** The tolerance of the result. If this and {@link boundOfTerms} are absent, the result must be exact. */
  readonly bound?: (expected: Values, precision: Precision) => Bound;
  /** The tolerance of a sum, as a function of each element's Σ |terms|. */
  readonly boundOfTerms?: (magnitudes: Values, precision: Precision) => Bound;
}

/**
 * Proves that the result equals the reference's, and that no argument changes. @param what prefix of every
 * message
 */
export async function provesOperation(
  check: Check,
  { inputs, run, bound, boundOfTerms }: Call,
  what = '',
): Promise<void> {
  const reference = await check.reference();
  const on = async (values: readonly Values[]) => {
    const tensors = values.map(({ data, shape }) => reference.upload(data, shape));
    return read(reference, run(reference, tensors));
  };
  const expected = await on(inputs);
  let allowed = bound?.(expected, check.precision) ?? exact;
  if (boundOfTerms) {
    // Σ |terms| is the result of the operation on the absolute values.
    const unsigned = inputs.map(({ data, shape }) => ({ shape, data: Array.from(data, Math.abs) }));
    allowed = boundOfTerms(await on(unsigned), check.precision);
  }
  const tensors = inputs.map((values) => check.upload(values));
  const y = check.made(run(check.backend, tensors));
  await check.tensor(`${what}the result at `, y, expected, allowed);
  for (const [i, tensor] of tensors.entries())
    await check.tensor(`${what}argument ${i}, afterwards, at `, tensor, inputs[i], exact);
}
