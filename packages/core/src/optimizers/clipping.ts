import type { Tensor } from '../contract/tensor.js';
import { OptionError } from '../errors.js';
import { checkOptions, optional, positiveNumber, show } from '../options.js';
import type { Tape } from '../tape/tape.js';

/**
 * How gradients are kept from exploding: every element to [−value, value], every parameter's gradient to an L2 norm of
 * at most `norm`, or all of them together to `globalNorm` (Pascanu et al. 2013), which keeps their direction.
 */
export type Clip = { readonly value: number } | { readonly norm: number } | { readonly globalNorm: number };

/** The options of `clip`. @throws OptionError where they are not exactly one positive number */
export function checkClip(given: object): Clip {
  const limit = optional(positiveNumber);
  const checked = checkOptions('clip', given, { value: limit, norm: limit, globalNorm: limit });
  const named = Object.entries(checked).filter(([, limit]) => limit !== undefined);
  if (named.length !== 1) {
    const names = named.map(([name]) => name).join(' and ') || 'none';
    throw new OptionError(`clip: one of value, norm and globalNorm must be given, not ${names}`);
  }
  return Object.fromEntries(named) as unknown as Clip;
}

/** Gradients after clipping. */
export interface Clipped {
  readonly gradients: Map<string, Tensor>;
  /** L2 norm of all gradients together, before clipping; not finite where one of them is not. */
  readonly globalNorm: number;
  /** No element of the clipped gradients is larger. */
  readonly bound: number;
}

/**
 * Clips gradients: `const { gradients } = await clipGradients(tape, found, { globalNorm: 1 })`. Waits for their norms to be
 * read.
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
 * {@link clipGradients} where the norms are known. Norms are brought to their limit as PyTorch does it: times
 * limit / (norm + 1e-6) where that is below 1.
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
    const least = tape.fill([1], -clip.value);
    const most = tape.fill([1], clip.value);
    const clipped = each((gradient) => tape.minimum(tape.maximum(gradient, least), most));
    return { gradients: clipped, globalNorm, bound: Math.min(globalNorm, clip.value) };
  }
  const limit = 'norm' in clip ? clip.norm : clip.globalNorm;
  const clipped = each((gradient, i) =>
    shrink(tape, gradient, 'norm' in clip ? norms[i] : globalNorm, limit),
  );
  return { gradients: clipped, globalNorm, bound: Math.min(globalNorm, limit) };
}

/** Exact, and small enough that no sum of squares of float32 numbers overflows in float32. */
const small = 2 ** -80;

/**
 * The L2 norm of each of `xs`, read in one go with the elements of `others`. Where the sum of squares overflows, it is
 * computed again of numbers that are made smaller; an infinite norm then means an element that is not finite, in float32.
 */
export async function readNorms(
  tape: Tape,
  xs: readonly Tensor[],
  others: readonly Tensor[] = [],
): Promise<{ norms: number[]; others: number[] }> {
  const squares = (xs: readonly Tensor[]) => xs.map((x) => tape.reshape(tape.sum(tape.mul(x, x)), [1]));
  const read = async (xs: readonly Tensor[]) =>
    xs.length > 0 ? [...(await tape.backend.read(tape.concat(xs, 0)))] : [];
  const found = await read([...squares(xs), ...others]);
  const norms = found.slice(0, xs.length).map(Math.sqrt);

  const overflown = xs.map((_, i) => i).filter((i) => !Number.isFinite(norms[i]));
  const again = await read(squares(overflown.map((i) => tape.affine(xs[i], small))));
  for (const [at, i] of overflown.entries()) norms[i] = Math.sqrt(again[at]) / small;
  return { norms, others: found.slice(xs.length) };
}

/** The norm of a vector whose parts have these norms. */
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
  // In two steps where float32 might take the factor for zero.
  return factor < small ? tape.affine(tape.affine(x, small), factor / small) : tape.affine(x, factor);
}
