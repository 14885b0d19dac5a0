import type { Tensor } from '../contract/tensor.js';
import { OptionError } from '../errors.js';
import { checkTensor } from '../host-arrays.js';
import { show } from '../options.js';
import type { Backward } from './recorder.js';
import { Tape } from './tape.js';

/** A part of a computation: computes tensors on the tape that it is given, each time the same ones. */
export type CheckpointBody = (tape: Tape, inputs: readonly Tensor[]) => readonly Tensor[];

/**
 * Runs `body` and keeps only its inputs and its outputs: the backward pass runs `body` again and computes the gradients
 * from the activations of that run (Chen et al. 2016, "Training deep nets with sublinear memory cost"). A sequence that is
 * cut into segments, each in a checkpoint, needs the memory of one segment and of the states between them (Gruslys et al.
 * 2016). The gradients are those of the same computation without a checkpoint. It costs one more forward pass.
 *
 *     const [h, loss] = checkpoint(tape, [h0, kernel], (tape) => segment(tape, h0, kernel));
 *
 * @param tape the tape on which the outputs are recorded; it owns them
 * @param inputs every tensor that is watched on `tape` and that `body` uses, weights too, of any shapes
 * @param body computes a list of tensors on the tape that it is given, not on `tape`. Both runs must compute the same
 *   numbers: random numbers must be drawn from the same seed, and nothing outside may be changed by the second run
 * @returns the tensors that `body` returned, of the same shapes
 * @throws OptionError for inputs that are no list of tensors, and where `body` uses a watched tensor that is no input
 */
export function checkpoint(tape: Tape, inputs: readonly Tensor[], body: CheckpointBody): Tensor[] {
  if (!(tape instanceof Tape)) throw new OptionError(`checkpoint: a tape is needed, not ${show(tape)}`);
  if (!Array.isArray(inputs))
    throw new OptionError(`checkpoint: expected a list of tensors, not ${show(inputs)}`);
  for (const x of inputs) checkTensor('checkpoint', x);
  if (typeof body !== 'function')
    throw new OptionError(`checkpoint: the body must be a function, not ${show(body)}`);
  const inner = new CheckpointTape(tape, inputs);
  try {
    return recordCheckpoint(tape, inner, body(inner, inputs), (again) => body(again, inputs));
  } finally {
    inner.dispose();
  }
}

/** The tape of one run of a checkpoint's body. It watches the inputs that are watched on the tape outside. */
export class CheckpointTape extends Tape {
  readonly #outer: Tape;
  /** The inputs that are watched on both tapes. */
  readonly watched: readonly Tensor[];

  constructor(outer: Tape, inputs: readonly Tensor[]) {
    super(outer.backend, { fused: Object.keys(outer.fused).length > 0 });
    this.#outer = outer;
    this.watched = [...new Set(inputs)].filter((x) => outer.watches(x));
    for (const x of this.watched) this.watch(x);
  }

  /** @throws OptionError for a tensor that is watched outside only, because it would get no gradient */
  override watches(x: Tensor | undefined): boolean {
    if (super.watches(x)) return true;
    if (!x || !this.#outer.watches(x)) return false;
    throw new OptionError(
      `checkpoint: the body uses a watched tensor of shape [${x.shape}] that is not one of its inputs`,
    );
  }

  override record(
    inputs: readonly (Tensor | undefined)[],
    outputs: readonly Tensor[],
    backward: Backward,
    saved: readonly Tensor[] = [],
  ): void {
    super.record(inputs, outputs, backward, saved);
    // All of them, also after the first one that is watched.
    for (const x of inputs) this.watches(x);
  }
}

/**
 * Records on `outer` what a body computed on `inner`.
 * @param outputs the tensors that the body computed on `inner`
 * @param again runs the body again on another tape. If it is absent, nothing is recomputed: the backward pass uses the
 *   activations of `inner`, which must live until then
 * @returns the outputs, owned by `outer`
 */
export function recordCheckpoint(
  outer: Tape,
  inner: CheckpointTape,
  outputs: readonly Tensor[],
  again?: (tape: Tape) => readonly Tensor[],
): Tensor[] {
  const { watched } = inner;
  const results = handles(inner, outputs);
  for (const x of results) inner.keep(x);
  outer.kernelLog.push(...inner.kernelLog);
  outer.record(watched, results, (gradients) => {
    const tape = again ? new CheckpointTape(outer, watched) : inner;
    try {
      const computed = again ? handles(tape, again(tape)) : results;
      const seeds = computed.flatMap((x, i) => {
        const seed = gradients[i];
        return seed ? [[x, seed] as const] : [];
      });
      return outer.ownAll(tape.gradients(seeds, watched).map((x) => tape.keep(x)));
    } finally {
      tape.dispose();
    }
  });
  return results;
}

/** A handle of its own for each output: an output may be an input, or be there twice. */
function handles(tape: Tape, outputs: readonly Tensor[]): Tensor[] {
  return outputs.map((x) => tape.reshape(x, x.shape));
}
