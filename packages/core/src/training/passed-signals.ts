import type { Tensor } from '../contract/tensor.js';
import type { Signal } from '../layers/layer.js';
import { lengthsOf } from '../layers/steps.js';
import type { Tape } from '../tape/tape.js';

/** A signal between two stages: one whose lengths belong to no tape. */
export interface PassedSignal extends Omit<Signal, 'lengths'> {
  readonly lengths?: readonly number[];
}

/** The steps of a segment: from `from` to before `to`. */
export interface Segment {
  readonly from: number;
  readonly to: number;
}

/** The signals between the stages of a run, in segments or whole. They are joined and split when a stage needs it. */
export class PassedSignals {
  readonly #tape: Tape;
  readonly #parts = new Map<number, readonly PassedSignal[]>();
  readonly #whole = new Map<number, PassedSignal>();

  constructor(tape: Tape) {
    this.#tape = tape;
  }

  /** Adds the segments of a signal, or one part that is all of it. */
  set(signal: number, parts: readonly PassedSignal[]): void {
    this.#parts.set(signal, parts);
  }

  whole(signal: number): PassedSignal {
    const whole = this.#whole.get(signal) ?? this.#join(this.#partsOf(signal));
    this.#whole.set(signal, whole);
    return whole;
  }

  /** @param segments those of all steps of the signal */
  parts(signal: number, segments: readonly Segment[]): readonly PassedSignal[] {
    const parts = this.#partsOf(signal);
    if (parts.length === segments.length) return parts;
    const cut = this.#split(this.whole(signal), segments);
    this.#parts.set(signal, cut);
    return cut;
  }

  /** The steps and lengths of a signal with time. */
  sizesOf(signal: number): { readonly time: number; readonly lengths?: readonly number[] } {
    const parts = this.#partsOf(signal);
    const time = parts.reduce((sum, { value }) => sum + value.shape[0], 0);
    return { time, lengths: joinedLengths(parts) };
  }

  #partsOf(signal: number): readonly PassedSignal[] {
    return this.#parts.get(signal) as readonly PassedSignal[];
  }

  #join(parts: readonly PassedSignal[]): PassedSignal {
    if (parts.length === 1) return parts[0];
    const join = (of: (part: PassedSignal) => Tensor | undefined) => {
      const tensors = parts.map(of).filter((tensor) => tensor !== undefined);
      return tensors.length > 0 ? this.#tape.concat(tensors, 0) : undefined;
    };
    const [{ logits }] = parts;
    const value = join((part) => part.logits?.value);
    return {
      value: join((part) => part.value) as Tensor,
      mask: join(({ mask }) => mask),
      lengths: joinedLengths(parts),
      ...(logits && value && { logits: { kind: logits.kind, value } }),
    };
  }

  #split({ value, mask, logits, lengths }: PassedSignal, segments: readonly Segment[]): PassedSignal[] {
    const sizes = segments.map(({ from, to }) => to - from);
    const split = (x: Tensor | undefined) => x && this.#tape.split(x, sizes, 0);
    const [values, masks, inputs] = [split(value), split(mask), split(logits?.value)];
    return segments.map((segment, i) => ({
      value: values?.[i] as Tensor,
      mask: masks?.[i],
      lengths: lengths && cutLengths(lengths, segment),
      ...(logits && inputs && { logits: { kind: logits.kind, value: inputs[i] } }),
    }));
  }
}

/** The lengths of rows within a segment. */
export function cutLengths(lengths: readonly number[], { from, to }: Segment): number[] {
  return lengths.map((length) => Math.max(0, Math.min(length, to) - from));
}

/** The signal with lengths on a tape. */
export function onTape(tape: Tape, { lengths, ...signal }: PassedSignal): Signal {
  return lengths ? { ...signal, lengths: lengthsOf(tape, lengths) } : signal;
}

/** The signal with other tensors. */
export function withTensors(
  { value, mask, logits, lengths }: PassedSignal,
  of: (x: Tensor) => Tensor,
): PassedSignal {
  return {
    value: of(value),
    mask: mask && of(mask),
    ...(logits && { logits: { kind: logits.kind, value: of(logits.value) } }),
    lengths,
  };
}

/** The tensors of a signal that gradients pass through, and its mask. */
export function tensorsOf({ value, mask, logits }: PassedSignal): Tensor[] {
  return [value, mask, logits?.value].filter((tensor) => tensor !== undefined);
}

function joinedLengths(parts: readonly PassedSignal[]): readonly number[] | undefined {
  return parts[0].lengths?.map((_, row) =>
    parts.reduce((sum, { lengths }) => sum + (lengths?.[row] as number), 0),
  );
}
