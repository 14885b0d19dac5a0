import type { Tensor } from '../contract/tensor.js';
import { OptionError } from '../errors.js';
import { checkOptions, optional, positiveNumber } from '../options.js';
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

/**
 * The gradients, clipped, and their global L2 norm [1] before that. Norms are brought to their limit as PyTorch does it:
 * times limit / (norm + 1e-6) where that is below 1.
 */
export function clipGradients(
  tape: Tape,
  gradients: ReadonlyMap<string, Tensor>,
  clip?: Clip,
): { gradients: Map<string, Tensor>; globalNorm: Tensor } {
  const squares = new Map([...gradients].map(([name, gradient]) => [name, sumOfSquares(tape, gradient)]));
  const total = [...squares.values()].reduce((sum, square) => tape.add(sum, square), tape.fill([1], 0));
  const globalNorm = tape.sqrt(total);

  let clipped = (_name: string, gradient: Tensor) => gradient;
  if (clip && 'value' in clip) {
    const least = tape.fill([1], -clip.value);
    const most = tape.fill([1], clip.value);
    clipped = (_name, gradient) => tape.minimum(tape.maximum(gradient, least), most);
  } else if (clip && 'norm' in clip) {
    clipped = (name, gradient) =>
      tape.mul(gradient, shrink(tape, tape.sqrt(squares.get(name) as Tensor), clip.norm));
  } else if (clip) {
    const factor = shrink(tape, globalNorm, clip.globalNorm);
    clipped = (_name, gradient) => tape.mul(gradient, factor);
  }
  return {
    gradients: new Map([...gradients].map(([name, gradient]) => [name, clipped(name, gradient)])),
    globalNorm,
  };
}

function sumOfSquares(tape: Tape, x: Tensor): Tensor {
  return tape.reshape(tape.sum(tape.mul(x, x)), [1]);
}

/** min(1, limit / (norm + 1e-6)) */
function shrink(tape: Tape, norm: Tensor, limit: number): Tensor {
  return tape.minimum(tape.div(tape.fill([1], limit), tape.affine(norm, 1, 1e-6)), tape.fill([1], 1));
}
