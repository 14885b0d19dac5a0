/* A required operation, compared with the reference's. */
import type { Backend, Tensor } from '@recurra/core';
import type { Check } from './check.js';
import { read, type Values } from './numbers.js';
import { type Bound, exact, type Precision } from './tolerance.js';

/** An operation and what it is called with. */
export interface Call {
  readonly inputs: readonly Values[];
  readonly run: (backend: Backend, inputs: readonly Tensor[]) => Tensor;
  /** What a result may be off by. Absent, and without {@link boundOfTerms}: exact. */
  readonly bound?: (expected: Values, precision: Precision) => Bound;
  /** The same of a sum, given Σ |terms| of each element. */
  readonly boundOfTerms?: (magnitudes: Values, precision: Precision) => Bound;
}

/** Proves that the result is the reference's, and that no argument changes. @param what begins every message */
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
    // Σ |terms| is the operation on the numbers without their signs.
    const unsigned = inputs.map(({ data, shape }) => ({ shape, data: Array.from(data, Math.abs) }));
    allowed = boundOfTerms(await on(unsigned), check.precision);
  }
  const tensors = inputs.map((values) => check.upload(values));
  const y = check.made(run(check.backend, tensors));
  await check.tensor(`${what}the result at `, y, expected, allowed);
  for (const [i, tensor] of tensors.entries())
    await check.tensor(`${what}argument ${i}, afterwards, at `, tensor, inputs[i], exact);
}
