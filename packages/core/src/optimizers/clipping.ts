import type { Tensor } from '../contract/tensor.js';
import { OptionError } from '../errors.js';
import { checkOptions, optional, positiveNumber, show } from '../options.js';
import type { Tape } from '../tape/tape.js';

/**
 * Gradient clipping: limits each element to [−value, value], the L2 norm of each parameter's gradient to `norm`, or the
 * L2 norm of all gradients together to `globalNorm` (Pascanu et al. 2013), which preserves their direction.
 */
export type Clip = { readonly value: number } | { readonly norm: number } | { readonly globalNorm: number };

/** Checks the option `clip`. @throws OptionError unless it has exactly one limit, a positive number */
export function checkClip(clip: object): Clip {
  const limit = optional(positiveNumber);
  const checked = checkOptions('clip', clip, { value: limit, norm: limit, globalNorm: limit });
  const named = Object.entries(checked).filter(([, limit]) => limit !== undefined);
  if (named.length !== 1) {
    const names = named.map(([name]) => name).join(' and ') || 'none';
    throw new OptionError(`clip: exactly one of value, norm and globalNorm must be set, not ${names}`);
  }
  return Object.fromEntries(named) as unknown as Clip;
}

/** Gradients after clipping. */
export interface Clipped {
  readonly gradients: Map<string, Tensor>;
  /** The L2 norm of all gradients together before clipping; not finite if a gradient is not finite. */
  readonly globalNorm: number;
  /** An upper bound of the absolute values of the clipped gradients' elements. */
  readonly bound: number;
}

/**
 * Clips gradients: `const { gradients } = await clipGradients(tape, unclipped, { globalNorm: 1 })`. It is async because
 * it reads the norms from the backend.
 */
export async function clipGradients(
  tape: Tape,
  gradients: ReadonlyMap<string, Tensor>,
  clip?: Clip,
): Promise<Clipped> {
  if (!(gradients instanceof Map)) {
    throw new OptionError(`clipGradients: the gradients must be a Map by name, not ${show(gradients)}`);
  }
  if (clip) checkClip(clip);
  const { norms } = await readNorms(tape, [...gradients.values()]);
  return clipByNorms(tape, gradients, norms, clip);
}

/**
 * Clips gradients with known norms. Like PyTorch, it multiplies a gradient by limit / (norm + 1e-6) if this factor is
 * below 1.
 */
export function clipByNorms(
  tape: Tape,
  gradients: ReadonlyMap<string, Tensor>,
  norms: readonly number[],
  clip?: Clip,
): Clipped {
  const globalNorm = normOf(norms);
  const each = (of: (gradient: Tensor, i: number) => Tensor) =>
    new Map([...gradients].map(([name, gradient], i) => [name, of(gradient, i)]));
  if (!clip) return { gradients: new Map(gradients), globalNorm, bound: globalNorm };
  if ('value' in clip) {
    const low = tape.fill([1], -clip.value);
    const high = tape.fill([1], clip.value);
    const clipped = each((gradient) => tape.minimum(tape.maximum(gradient, low), high));
    return { gradients: clipped, globalNorm, bound: Math.min(globalNorm, clip.value) };
  }
  const limit = 'norm' in clip ? clip.norm : clip.globalNorm;
  const clipped = each((gradient, i) =>
    shrink(tape, gradient, 'norm' in clip ? norms[i] : globalNorm, limit),
  );
  return { gradients: clipped, globalNorm, bound: Math.min(globalNorm, limit) };
}

/**
 * A power of two, so scaling is exact. It is small enough that a sum of squares of scaled float32 numbers does not
 * overflow.
 */
const small = 2 ** -80;

/**
 * Reads the L2 norm of each of `xs`, together with the elements of `others`. If a sum of squares overflows, it is
 * computed again from scaled numbers, so an infinite norm means that an element is not finite in float32.
 */
export async function readNorms(
  tape: Tape,
  xs: readonly Tensor[],
  others: readonly Tensor[] = [],
): Promise<{ norms: number[]; others: number[] }> {
  const squares = (xs: readonly Tensor[]) => xs.map((x) => tape.reshape(tape.sum(tape.mul(x, x)), [1]));
  const read = async (xs: readonly Tensor[]) =>
    xs.length > 0 ? [...(await tape.backend.read(tape.concat(xs, 0)))] : [];
  const values = await read([...squares(xs), ...others]);
  const norms = values.slice(0, xs.length).map(Math.sqrt);

  const overflown = xs.map((_, i) => i).filter((i) => !Number.isFinite(norms[i]));
  const again = await read(squares(overflown.map((i) => tape.affine(xs[i], small))));
  for (const [at, i] of overflown.entries()) norms[i] = Math.sqrt(again[at]) / small;
  return { norms, others: values.slice(xs.length) };
}

/** Returns the norm of a vector from the norms of its parts. */
function normOf(norms: readonly number[]): number {
  let largest = 0;
  for (const norm of norms) {
    if (!Number.isFinite(norm)) return norm;
    largest = Math.max(largest, norm);
  }
  if (largest === 0) return 0;
  return largest * Math.sqrt(norms.reduce((sum, norm) => sum + (norm / largest) ** 2, 0));
}

function shrink(tape: Tape, x: Tensor, norm: number, limit: number): Tensor {
  const factor = limit / (norm + 1e-6);
  if (factor >= 1) return x;
  // A tiny factor is applied in two steps, because float32 might round it to zero.
  return factor < small ? tape.affine(tape.affine(x, small), factor / small) : tape.affine(x, factor);
}
