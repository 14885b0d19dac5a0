import type { Tensor } from '../contract/tensor.js';
import { encodeInputs, rowsOf } from '../data/inputs.js';
import type { NDArray } from '../data/ndarray.js';
import { OptionError, ShapeError, UnsupportedError } from '../errors.js';
import type { CellTrace, Signal } from '../layers/layer.js';
import type { Loss, LossConfig } from '../losses/loss.js';
import { lossOption, resolveLoss } from '../losses/resolve-loss.js';
import type { Architecture } from '../model/architecture.js';
import { checkOptions, custom, isRecord, oneOf, optional, show } from '../options.js';
import type { Tape } from '../tape/tape.js';
import { targetsOf } from '../training/forward-window.js';
import { windowsOf } from '../training/windows.js';
import type { NetworkBase } from './network-base.js';
import type { BatchInput } from './predict.js';

/** Options of `network.inspect`: the layer to inspect, and the loss whose gradient to report. */
export interface InspectOptions {
  /** The recurrent layer to inspect: its index, or its index and kind, `1.lstm`. Default: the first recurrent layer. */
  readonly layer?: number | string;
  /** The direction to inspect in a `bidirectional` layer. Default 'forward'. */
  readonly direction?: 'forward' | 'backward';
  /** One target for each row of the batch, in the form of a sample's `y`. Default: none. */
  readonly y?: BatchInput;
  /** The loss whose gradient is reported. Requires `y`. */
  readonly loss?: LossConfig | Loss;
}

/** The result of `network.inspect`. Steps are in the order of the input, also for a layer that reads backwards. */
export interface Inspection {
  /** The layer's index and kind: `1.lstm`. */
  readonly layer: string;
  /** The number of steps in the longest row. */
  readonly time: number;
  readonly batch: number;
  /** The number of valid steps in each row; absent if every step is valid. */
  readonly lengths?: readonly number[];
  /**
   * The cell's values by name, each [time, batch, units]. An LSTM has `inputGate`, `forgetGate`, `candidate`,
   * `outputGate` and `cell`; a GRU has `resetGate`, `updateGate` and `candidate`; every cell has `output`, [time,
   * batch, units or projection]. At steps that are not read (past a row's length, or masked), all values except the
   * output are zero.
   */
  readonly steps: Readonly<Record<string, NDArray>>;
  /** The value of the loss; present if `y` was given. */
  readonly loss?: number;
  /**
   * The L2 norm of the loss's gradient with respect to the hidden state after each step, [time, batch]. It is zero at
   * steps that are not read.
   */
  readonly gradientNorms?: NDArray;
}

/** See `Network.inspect`. */
export async function inspect(
  network: NetworkBase,
  x: BatchInput,
  options: InspectOptions | undefined,
): Promise<Inspection> {
  const { model, backend } = network;
  const checked = checkOptions('inspect', options, {
    layer: optional(
      custom<number | string>('an index, or index and kind', (x) => ['number', 'string'].includes(typeof x)),
    ),
    direction: optional(oneOf('forward', 'backward')),
    y: optional(custom<BatchInput>('a batch of targets', (x) => isRecord(x) || Array.isArray(x))),
    loss: optional(lossOption),
  });
  const layer = findLayer(model, checked.layer);
  const name = `${layer}.${model.layers[layer].kind}`;
  const rows = rowsOf('inspect', x);
  const target = checkTarget(model, checked, rows.length);
  const input = encodeInputs(rows, model.input, { vocabulary: model.layers[0].vocabulary });

  const tape = network.tape();
  try {
    if (target) watchLayer(network, tape, layer);
    const traces = new Map<string, CellTrace>();
    const { output } = network.forward(
      tape,
      { value: tape.constant(input.x, input.shape), lengths: input.lengths },
      { watchCells: { layer, see: (_, part, trace) => void traces.set(part, trace) } },
    );
    const trace = choose(traces, name, checked.direction);
    const [time, batch] = trace.input.value.shape;
    const toInput = toInputSteps(await readSteps(tape, trace.input), batch);
    const inspection: Inspection = {
      layer: name,
      time,
      batch,
      ...(trace.input.lengths && { lengths: trace.input.lengths.rows }),
      steps: {
        ...(await readValues(tape, trace, toInput)),
        output: { data: await backend.read(trace.y), shape: [...trace.y.shape] },
      },
    };
    if (!target) return inspection;

    const ys = { ys: target.rows, weights: [], indices: [...rows.keys()] };
    const [window] = windowsOf({ ...input, ...ys, size: rows.length }, target.loss, model, undefined);
    const encoded = await targetsOf(network, window, output);
    if (!encoded) return inspection;
    const value = target.loss.compute(tape, output, encoded);
    const gradients = tape.gradients([[value, 1]], trace.states);
    const gradientNorms = norms(toInput(await join(tape, gradients)));
    return { ...inspection, loss: (await backend.read(value))[0], gradientNorms };
  } finally {
    tape.dispose();
  }
}

/** @returns the index of the recurrent layer to inspect */
function findLayer({ layers, built }: Architecture, requested: number | string | undefined): number {
  const names = layers.map(({ kind }, i) => `${i}.${kind}`);
  const recurrent = names.filter((_, i) => built[i].stateSizes).join(', ') || 'none';
  const first = built.findIndex(({ stateSizes }) => stateSizes);
  const index =
    requested === undefined
      ? first
      : names.findIndex((name, i) => requested === i || requested === `${i}` || requested === name);
  if (index >= 0 && built[index].stateSizes) return index;
  if (requested === undefined) throw new OptionError(`inspect: this model has no recurrent layer`);
  const problem =
    index < 0 ? `there is no layer ${show(requested)}` : `layer ${names[index]} is not recurrent`;
  throw new OptionError(`inspect: ${problem}. Recurrent layers: ${recurrent}`);
}

function checkTarget(
  model: Architecture,
  { y, loss: config }: { readonly y?: BatchInput; readonly loss?: LossConfig | Loss },
  batch: number,
) {
  if (y === undefined && config === undefined) return undefined;
  if (y === undefined || config === undefined) {
    const [present, missing] = y === undefined ? ['loss', 'y'] : ['y', 'loss'];
    throw new OptionError(`inspect: ${present} was given without ${missing}; gradients need both`);
  }
  if (model.outputCount > 1)
    throw new OptionError("inspect: this model has two outputs (merge 'none'), but a loss takes one");
  const rows = rowsOf('inspect: y', y);
  if (rows.length !== batch)
    throw new ShapeError(`inspect: y has ${rows.length} rows, and the batch has ${batch}`);
  return { rows, loss: resolveLoss(config) };
}

/** Watches the layer's parameters, so the tape records everything computed from them: this layer and all later ones. */
function watchLayer({ parameters }: NetworkBase, tape: Tape, layer: number): void {
  for (const [name, parameter] of parameters) if (name.startsWith(`${layer}.`)) tape.watch(parameter);
}

function choose(
  traces: ReadonlyMap<string, CellTrace>,
  name: string,
  direction: 'forward' | 'backward' | undefined,
): CellTrace {
  if (traces.size === 0)
    throw new UnsupportedError(
      `inspect: layer ${name} has no cell values (LayerContext.watchCell); rnn, lstm, gru, recurrent and bidirectional do`,
    );
  if (direction && traces.has(''))
    throw new OptionError(`inspect: layer ${name} has one direction; direction is for bidirectional`);
  return (traces.get('') ?? traces.get(direction ?? 'forward')) as CellTrace;
}

/** The step of the trace that read each step and row of the input, [T · B]; −1 for steps that were not read. */
async function readSteps(tape: Tape, { value, lengths, mask }: Signal): Promise<Int32Array> {
  const [T, B] = value.shape;
  const unmasked = mask && (await tape.backend.read(mask));
  const read = new Int32Array(B);
  return Int32Array.from({ length: T * B }, (_, n) => {
    const [t, b] = [Math.floor(n / B), n % B];
    const valid = unmasked ? unmasked[n] !== 0 : t < (lengths?.rows[b] ?? T);
    return valid ? read[b]++ : -1;
  });
}

type ToInput = (trace: NDArray) => NDArray;

/**
 * Reorders the rows of a trace, [T · B, W], by the steps of the input: [T, B, W], with zeros at steps that are not
 * read.
 */
function toInputSteps(from: Int32Array, batch: number): ToInput {
  return ({ data, shape: [, width] }) => {
    const moved = data.slice().fill(0);
    from.forEach((t, n) => {
      if (t < 0) return;
      const at = (t * batch + (n % batch)) * width;
      moved.set(data.subarray(at, at + width), n * width);
    });
    return { data: moved, shape: [from.length / batch, batch, width] };
  };
}

async function readValues(
  tape: Tape,
  { values }: CellTrace,
  toInput: ToInput,
): Promise<Record<string, NDArray>> {
  const read = async (name: string) => {
    const steps = values.map((step) => step[name]);
    return [name, toInput(await join(tape, steps))] as const;
  };
  return Object.fromEntries(await Promise.all(Object.keys(values[0] ?? {}).map(read)));
}

/** Reads the steps, each [B, W], into one array on the host, [T · B, W]. */
async function join(tape: Tape, steps: readonly Tensor[]): Promise<NDArray> {
  const joined = tape.concat(steps, 0);
  return { data: await tape.backend.read(joined), shape: [...joined.shape] };
}

/** Computes the L2 norm along the last axis, in float64. */
function norms({ data, shape: [time, batch, width] }: NDArray): NDArray {
  const norm = (n: number) => Math.hypot(...data.subarray(n * width, (n + 1) * width));
  return { data: Float64Array.from({ length: time * batch }, (_, n) => norm(n)), shape: [time, batch] };
}
