import type { Tensor } from '../contract/tensor.js';
import { rowsOf } from '../data/inputs.js';
import { encodeNamedInputs, rowsOfInputs } from '../data/named-inputs.js';
import type { ArrayInput, NDArray } from '../data/ndarray.js';
import { OptionError, ShapeError, UnsupportedError } from '../errors.js';
import type { CellTrace, Signal } from '../layers/layer.js';
import type { Loss, LossConfig } from '../losses/loss.js';
import { lossOption } from '../losses/resolve-loss.js';
import type { Architecture, ModelNode } from '../model/architecture.js';
import type { BatchInput } from '../model/types.js';
import { checkOptions, custom, isRecord, oneOf, optional, show } from '../options.js';
import type { Tape } from '../tape/tape.js';
import { targetsOf } from '../training/forward-window.js';
import { resolveLosses } from '../training/losses.js';
import { windowsOf } from '../training/windows.js';
import type { NetworkBase } from './network-base.js';
import { inputSignals } from './predict.js';

/** Options of `network.inspect`: the layer to inspect, and the loss whose gradient to report. */
export interface InspectOptions {
  /** The name of a recurrent or attention layer; in a chain its index, or index and kind, `1.lstm`. Default: the first recurrent layer. */
  readonly layer?: number | string;
  /** The direction to inspect in a `bidirectional` layer. Default 'forward'. */
  readonly direction?: 'forward' | 'backward';
  /** One target for each row of the batch, in the form of a sample's `y`. Default: none. */
  readonly y?: BatchInput;
  /** The loss whose gradient is reported; requires `y`. Not available for graphs. Default: none. */
  readonly loss?: LossConfig | Loss;
}

/** The result of `network.inspect`. Steps are in the order of the input, also for a layer that reads backwards. */
export interface Inspection {
  /** The node's name; in a chain index and kind: `1.lstm`. */
  readonly layer: string;
  /** The number of steps in the longest row. */
  readonly time: number;
  readonly batch: number;
  /** The number of valid steps in each row; absent if every step is valid. */
  readonly lengths?: readonly number[];
  /**
   * By name, [time, batch, units]: of an LSTM `inputGate`, `forgetGate`, `candidate`, `outputGate` and `cell`; of a GRU
   * `resetGate`, `updateGate` and `candidate`; of a minGRU `updateGate` and `candidate`, of a minLSTM `forgetGate`,
   * `inputGate` and `candidate`; of an sLSTM those of the LSTM, `normalizer` and `maximum`; of any cell `output`, [time,
   * batch, units or projection]. At steps that are not read (past a row's length, or masked) all but the output are zero.
   * Of an attention `attention`, its weights, [time of the query, batch, time of the memory].
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
  x: BatchInput | Readonly<Record<string, BatchInput>>,
  options: InspectOptions | undefined,
): Promise<Inspection> {
  const { model, backend } = network;
  const checked = checkOptions('inspect', options, {
    layer: optional(
      custom<number | string>('an index, a name, or index and kind', (x) =>
        ['number', 'string'].includes(typeof x),
      ),
    ),
    direction: optional(oneOf('forward', 'backward')),
    y: optional(custom<BatchInput>('a batch of targets', (x) => isRecord(x) || Array.isArray(x))),
    loss: optional(lossOption),
  });
  const node = findLayer(model, checked.layer);
  const rows = rowsOfInputs(
    model.isChain ? 'inspect' : 'inspect: x',
    model.isChain,
    x,
    Object.keys(model.inputs),
  );
  const target = checkTarget(model, checked, rows.length);
  const inputs = encodeNamedInputs(model, rows, {});

  const tape = network.tape();
  try {
    if (target) watchLayer(network, tape, node.owner);
    const traces = new Map<string, CellTrace>();
    let attention: Tensor | undefined;
    const { output, outputs } = network.forward(tape, inputSignals(tape, model.isChain, inputs), {
      watchCells: { layer: node.name, see: (_, part, trace) => void traces.set(part, trace) },
      watchAttention: (name, weights) => {
        if (name === node.name) attention = weights;
      },
    });
    const weights = attention && {
      attention: { data: await backend.read(attention), shape: attention.shape },
    };
    if (!node.built.stateSizes && weights) {
      const [time, batch] = weights.attention.shape;
      return { layer: node.label, time, batch, steps: weights };
    }
    const trace = choose(traces, node.label, checked.direction);
    const [time, batch] = trace.input.value.shape;
    const toInput = toInputSteps(await readSteps(tape, trace.input), batch);
    const result: Inspection = {
      layer: node.label,
      time,
      batch,
      ...(trace.input.lengths && { lengths: trace.input.lengths.rows }),
      steps: {
        ...(await readValues(tape, trace, toInput)),
        output: { data: await backend.read(trace.y), shape: [...trace.y.shape] },
        ...weights,
      },
    };
    if (!target) return result;

    const all = { ys: target.rows as readonly ArrayInput[], weights: [], indices: [...rows.keys()] };
    const losses = resolveLosses('inspect', model, { loss: target.loss });
    const [window] = windowsOf({ ...all, inputs, size: rows.length }, losses, model, undefined);
    const targets = await targetsOf(network, window, outputs);
    if (!targets) return result;
    const value = losses[0].loss.compute(tape, output, targets[losses[0].name]);
    const gradients = tape.gradients([[value, 1]], trace.states);
    const gradientNorms = norms(toInput(await join(tape, gradients)));
    return { ...result, loss: (await backend.read(value))[0], gradientNorms };
  } finally {
    tape.dispose();
  }
}

/** @returns a node with a state, or one that attends */
function findLayer({ nodes }: Architecture, requested: number | string | undefined): ModelNode {
  const usable = ({ built }: ModelNode) => built.stateSizes !== undefined || built.attends === true;
  const labels = nodes.filter(usable).map(({ label }) => label);
  const node =
    requested === undefined
      ? nodes.find(({ built }) => built.stateSizes)
      : nodes.find(({ name, label }) => name === String(requested) || label === requested);
  if (node && usable(node)) return node;
  if (requested === undefined) throw new OptionError('inspect: this model has no recurrent layer');
  const problem = node
    ? `layer ${node.label} has neither a state nor attention`
    : `there is no layer ${show(requested)}`;
  throw new OptionError(`inspect: ${problem}. Layers to inspect: ${labels.join(', ') || 'none'}`);
}

function checkTarget(
  model: Architecture,
  { y, loss }: { readonly y?: BatchInput; readonly loss?: LossConfig | Loss },
  batch: number,
) {
  if (y === undefined && loss === undefined) return undefined;
  if (y === undefined || loss === undefined) {
    const [present, missing] = y === undefined ? ['loss', 'y'] : ['y', 'loss'];
    throw new OptionError(`inspect: ${present} was given without ${missing}; gradients need both`);
  }
  if (!model.isChain)
    throw new OptionError('inspect: y and loss are for models made by sequential, not for graphs');
  const rows = rowsOf('inspect: y', y);
  if (rows.length !== batch)
    throw new ShapeError(`inspect: y has ${rows.length} rows, and the batch has ${batch}`);
  return { rows, loss };
}

/** Watches the layer's parameters, so the tape records everything computed from them: this layer and all later ones. */
function watchLayer({ parameters, buffers }: NetworkBase, tape: Tape, layer: string): void {
  for (const [name, parameter] of [...parameters, ...buffers])
    if (name.startsWith(`${layer}.`)) tape.watch(parameter);
}

function choose(
  traces: ReadonlyMap<string, CellTrace>,
  name: string,
  direction: 'forward' | 'backward' | undefined,
): CellTrace {
  if (traces.size === 0)
    throw new UnsupportedError(
      `inspect: layer ${name} has no cell values (LayerContext.watchCell); the built-in recurrent layers do`,
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
