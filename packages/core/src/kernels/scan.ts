import type { Backend } from '../contract/backend.js';
import type { ScanInputs, ScanKernel, ScanSpec } from '../contract/fused.js';
import type { Tensor } from '../contract/tensor.js';
import { type Tape, withTape } from '../tape/tape.js';
import { stepsWithin } from './unroll.js';

/** The result of {@link scan}. */
export interface Scan {
  /** [T, B, H], the state at each step; zero past a row's length. */
  readonly y: Tensor;
  /** [B, H], the state after each row's last step (with `reverse`, after step 0). */
  readonly state: Tensor;
}

/**
 * Computes h_t = a_t ⊙ h_{t−1} + b_t over time, for each row and unit on its own, with the backend's fused kernel or, if it
 * declines, with about 9 · log₂ T required operations.
 *
 * @param inputs a and b [T, B, H], the initial state [B, H] (default zero), and the rows' lengths [B] (default T)
 * @param options.reverse run from the last step to the first. Default false
 */
export function scan(tape: Tape, inputs: ScanInputs, options: { reverse?: boolean } = {}): Scan {
  const { a, b, initialState, lengths } = inputs;
  const [time, batch, units] = b.shape;
  if (time === 0) return { y: tape.fill([0, batch, units], 0), state: initialState ?? zeroState(tape, b) };
  const spec: ScanSpec = {
    time,
    batch,
    units,
    reverse: options.reverse ?? false,
    lengths: lengths !== undefined,
    initialState: initialState !== undefined,
    training: tape.watchesAny([a, b, initialState]),
  };
  const kernel = tape.kernel('scan', spec) ?? composedScan(tape.backend);
  const outputs = kernel.forward(spec, inputs);
  const { y, state, saved } = outputs;
  tape.record(
    [a, b, initialState],
    [y, state],
    ([dy, dState]) => {
      const gradients = kernel.backward(spec, inputs, outputs, { y: dy, state: dState });
      return tape.ownAll([gradients.a, gradients.b, gradients.initialState]);
    },
    saved,
  );
  return { y, state };
}

/**
 * The scan composed from the required operations. With g_t the gradient of h_t along all paths, g_t = dy_t + a_{t+1} ⊙
 * g_{t+1}: the backward pass is the same scan in the other direction.
 */
function composedScan(backend: Backend): Pick<ScanKernel, 'forward' | 'backward'> {
  return {
    forward({ time, reverse }, { a, b, initialState, lengths }) {
      return withTape(backend, (tape) => {
        const valid = lengths && stepsWithin(tape, lengths, time);
        const h = doubled(
          tape,
          valid ? tape.select(valid, a, tape.fill([1], 1)) : a,
          valid ? tape.select(valid, b, tape.fill([1], 0)) : b,
          { initialState, reverse },
        );
        const state = tape.reshape(stepsOf(tape, h, reverse ? 0 : time - 1, 1), b.shape.slice(1));
        return { y: tape.keep(within(tape, valid, h)), state: tape.keep(state), saved: [] };
      });
    },
    backward({ time, reverse }, { a, b, initialState, lengths }, { y }, { y: dy, state: dState }) {
      return withTape(backend, (tape) => {
        const valid = lengths && stepsWithin(tape, lengths, time);
        const start = initialState ?? zeroState(tape, b);
        const steps = valid ? tape.select(valid, a, tape.fill([1], 1)) : a;
        const seed = dy ? within(tape, valid, dy) : tape.fill(b.shape, 0);
        const next = shifted(tape, steps, tape.fill([1, ...start.shape], 1), !reverse);
        const g = doubled(tape, next, seed, { initialState: dState, reverse: !reverse });
        const known = valid ? tape.select(valid, y, start) : y;
        const before = shifted(tape, known, tape.reshape(start, [1, ...start.shape]), reverse);
        const first = (x: Tensor) => stepsOf(tape, x, reverse ? time - 1 : 0, 1);
        const dStart = initialState && tape.reshape(tape.mul(first(steps), first(g)), initialState.shape);
        return {
          a: tape.keep(within(tape, valid, tape.mul(g, before))),
          b: tape.keep(within(tape, valid, g)),
          ...(dStart && { initialState: tape.keep(dStart) }),
        };
      });
    },
  };
}

/**
 * The scan by doubling (Hillis & Steele 1986): after the round with `span`, b[t] is the result of the last 2 · span steps
 * alone, and a[t] the product of their factors. The first steps, which are complete already, need no factor.
 */
function doubled(
  tape: Tape,
  a: Tensor,
  b: Tensor,
  { initialState, reverse }: { initialState?: Tensor; reverse: boolean },
): Tensor {
  const T = b.shape[0];
  /** The steps from number `from` to number `to`, in the order of the scan. */
  const cut = (x: Tensor, from: number, to: number) =>
    stepsOf(tape, x, reverse ? x.shape[0] - to : from, to - from);
  const join = (first: Tensor, rest: Tensor) => tape.concat(reverse ? [rest, first] : [first, rest], 0);
  let h = b;
  if (initialState) {
    const carried = tape.mul(cut(a, 0, 1), tape.reshape(initialState, [1, ...initialState.shape]));
    const first = tape.add(carried, cut(b, 0, 1));
    h = T > 1 ? join(first, cut(b, 1, T)) : first;
  }
  let factors = T > 1 ? cut(a, 1, T) : a;
  for (let span = 1; span < T; span *= 2) {
    const added = tape.add(cut(h, span, T), tape.mul(factors, cut(h, 0, T - span)));
    h = join(cut(h, 0, span), added);
    const length = T - span;
    if (2 * span < T) factors = tape.mul(cut(factors, span, length), cut(factors, 0, length - span));
  }
  return h;
}

/** x [T, B, H] moved by one step, later or (with `earlier`) earlier; `edge` [1, B, H] fills the gap. */
function shifted(tape: Tape, x: Tensor, edge: Tensor, earlier: boolean): Tensor {
  const T = x.shape[0];
  if (T === 1) return edge;
  return tape.concat(earlier ? [stepsOf(tape, x, 1, T - 1), edge] : [edge, stepsOf(tape, x, 0, T - 1)], 0);
}

function stepsOf(tape: Tape, x: Tensor, begin: number, count: number): Tensor {
  return tape.slice(x, [begin, 0, 0], [count, x.shape[1], x.shape[2]]);
}

/** A new handle of x with zeros at steps that are not valid. */
function within(tape: Tape, valid: Tensor | undefined, x: Tensor): Tensor {
  return valid ? tape.select(valid, x, tape.fill([1], 0)) : tape.reshape(x, x.shape);
}

function zeroState(tape: Tape, { shape: [, batch, units] }: Tensor): Tensor {
  return tape.fill([batch, units], 0);
}
