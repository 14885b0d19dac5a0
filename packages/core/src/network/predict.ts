import type { Tensor } from '../contract/tensor.js';
import type { InputBatch } from '../data/inputs.js';
import { joinLengths, joinRows, nestRows } from '../data/join-rows.js';
import { encodeNamedInputs, type NamedInputs, rowsOfInputs } from '../data/named-inputs.js';
import {
  type ArrayInput,
  isNDArray,
  isRow,
  lengthOf,
  type NDArray,
  type NestedNumbers,
  type TypedArray,
  toNDArray,
  toNested,
} from '../data/ndarray.js';
import { OptionError, ShapeError, UnsupportedError } from '../errors.js';
import { yieldToEventLoop } from '../event-loop.js';
import type { LayerState } from '../layers/layer.js';
import type { BatchInput } from '../model/types.js';
import { checkOptions, custom, didYouMean, isRecord, optional, positiveInteger, show } from '../options.js';
import type { Tape } from '../tape/tape.js';
import type { InputSignal } from './forward.js';
import type { NetworkBase } from './network-base.js';

/** Options of `predict` and `predictAll`. */
export interface PredictOptions {
  /**
   * The number of rows computed together, after sorting by length. Default 256. If a layer is stateful or
   * `initialState` is set, all rows are computed together in their original order.
   */
  readonly batchSize?: number;
  /** The number of valid steps in each row of a padded batch; for a graph an object of such lists by input. Default: all steps. */
  readonly lengths?: Lengths | Readonly<Record<string, Lengths>>;
  /** The initial state of layers, by the node's name, in a chain by the layer's index: the tensors of the state, each [batch, size]. Default: zero. */
  readonly initialState?: Readonly<Record<string, readonly ArrayInput[]>>;
}

type Lengths = readonly number[] | TypedArray;

/** The result of `predictAll`. */
export interface Prediction {
  /**
   * The outputs by name: [batch, time, features], zero past a row's length, or [batch, features]. A chain has `output`, or
   * `forward` and `backward` if its last layer is `bidirectional` with merge 'none'.
   */
  readonly outputs: Readonly<Record<string, NDArray>>;
  /** The number of valid steps in each row, by output. Outputs that are not sequences, or have no padding, are left out. */
  readonly lengths: Readonly<Record<string, readonly number[]>>;
  /** The final state of layers with `returnState`, by the node's name, in a chain by the layer's index: tensors of [batch, size]. */
  readonly states: Readonly<Record<string, readonly NDArray[]>>;
}

/** A batch for a chain, or the batches of a graph's inputs by name. */
type AnyBatch = BatchInput | Readonly<Record<string, BatchInput>>;

/** The network's outputs for a batch, in the form of the input: rows of unequal length are not padded. */
export async function predict(
  network: NetworkBase,
  x: AnyBatch,
  options?: PredictOptions,
): Promise<NDArray | NestedNumbers | Record<string, NDArray | NestedNumbers>> {
  const { model } = network;
  const names = Object.keys(model.outputs);
  if (model.isChain && names.length > 1) {
    throw new UnsupportedError("predict: this model has two outputs (merge 'none'); predictAll returns both");
  }
  const batch = checkBatch(network, x, options);
  const parts = await compute(network, batch);
  const formed = names.map((name) => {
    const rows = parts.map((part) => ({ rows: part.rows, ...part.outputs[name] }));
    if (batch.asArrays) return [name, joinRows(rows)] as const;
    const isSequence = rows[0].output.shape.length === 3;
    return [name, batch.ragged && isSequence ? nestRows(rows) : toNested(joinRows(rows))] as const;
  });
  return model.isChain ? formed[0][1] : Object.fromEntries(formed);
}

/** Computes all outputs and states for a batch. See `Network.predict` for the errors. */
export async function predictAll(
  network: NetworkBase,
  x: AnyBatch,
  options?: PredictOptions,
): Promise<Prediction> {
  const parts = await compute(network, checkBatch(network, x, options));
  const outputs: Record<string, NDArray> = {};
  const lengths: Record<string, readonly number[]> = {};
  for (const name in network.model.outputs) {
    const rows = parts.map((part) => ({ rows: part.rows, ...part.outputs[name] }));
    outputs[name] = joinRows(rows);
    if (outputs[name].shape.length < 3) continue;
    const [, time] = outputs[name].shape;
    const valid = joinLengths(rows);
    if (valid.some((length) => length < time)) lengths[name] = valid;
  }
  const [{ states }] = parts;
  const stateOf = (name: string, i: number) =>
    joinRows(parts.map((part) => ({ rows: part.rows, output: part.states[name][i] })));
  return {
    outputs,
    lengths,
    states: Object.fromEntries(
      Object.entries(states).map(([name, state]) => [name, state.map((_, i) => stateOf(name, i))]),
    ),
  };
}

/** A checked batch, and the order and size in which its rows are computed. */
interface Batch {
  readonly rows: readonly NamedInputs[];
  /** True if every input was `{ data, shape }`, as the outputs then are. */
  readonly asArrays: boolean;
  /** True if an input has rows of unequal length. */
  readonly ragged: boolean;
  /** Steps of the longest row of each input that has time, padding included. */
  readonly time: Readonly<Record<string, number>>;
  /** Valid steps of each row of each input that has time. */
  readonly lengths: Readonly<Record<string, readonly number[]>>;
  /** The indices of the rows in the order of computation, `size` of them in each part. */
  readonly order: readonly number[];
  readonly size: number;
  readonly initialState: PredictOptions['initialState'];
}

/** The network's outputs for some of the rows. */
interface Part {
  readonly rows: readonly number[];
  /** By name: sequences [T, B, F] or vectors [B, F], and the valid steps of each row; absent: T. */
  readonly outputs: Readonly<
    Record<string, { readonly output: NDArray; readonly lengths?: readonly number[] }>
  >;
  readonly states: Readonly<Record<string, readonly NDArray[]>>;
}

function checkBatch({ model }: NetworkBase, x: AnyBatch, options: PredictOptions | undefined): Batch {
  const checked = checkOptions('predict', options, {
    batchSize: optional(positiveInteger),
    lengths: optional(
      custom<Lengths | Record<string, Lengths>>('an array of whole numbers', (x) => isRow(x) || isRecord(x)),
    ),
    initialState: optional(
      custom<Readonly<Record<string, readonly ArrayInput[]>>>('lists of arrays by layer', isState),
    ),
  });
  const { isChain, nodes, inputs } = model;
  const names = Object.keys(inputs);
  const rows = rowsOfInputs(isChain ? 'predict' : 'predict: x', isChain, x, names);
  checkStateNames(
    checked.initialState,
    nodes.map(({ name }) => name),
  );
  const validSteps = lengthsByInput(checked.lengths, isChain, names);
  let ragged = false;
  const time: Record<string, number> = {};
  const lengths: Record<string, readonly number[]> = {};
  for (const name of names) {
    const hasTime = 'time' in inputs[name].shape;
    const steps = rows.map((row) => lengthOf(isChain ? row : (row as Record<string, ArrayInput>)[name]));
    const unequal = hasTime && steps.some((length) => length !== steps[0]);
    const valid = validSteps[name];
    if (valid && (unequal || !hasTime)) {
      const reason = unequal ? 'these rows have unequal lengths' : 'this model takes vectors';
      throw new OptionError(`lengths are for padded rows, but ${reason}`);
    }
    if (!hasTime) continue;
    ragged ||= unequal;
    time[name] = steps.reduce((longest, length) => Math.max(longest, length), 0);
    lengths[name] = valid ? checkLengths(valid, rows.length, steps[0]) : steps;
  }
  const together = checked.initialState !== undefined || nodes.some(({ built }) => built.stateful);
  const order = Array.from(rows.keys());
  const total = (row: number) => Object.values(lengths).reduce((sum, list) => sum + list[row], 0);
  if (!together) order.sort((a, b) => total(b) - total(a));
  return {
    rows,
    asArrays: isChain ? isNDArray(x) : Object.values(x).every(isNDArray),
    ragged,
    time,
    lengths,
    order,
    size: together ? rows.length : (checked.batchSize ?? 256),
    initialState: checked.initialState,
  };
}

/** Computes the batch part by part, from the longest rows to the shortest. */
async function compute(network: NetworkBase, batch: Batch): Promise<Part[]> {
  const parts: Part[] = [];
  for (let from = 0; from < batch.order.length; from += batch.size) {
    const rows = batch.order.slice(from, from + batch.size);
    // The first part keeps the input's padding, so the joined output has it too. Other parts omit padding-only steps.
    parts.push(await computePart(network, batch, rows, from === 0));
    await yieldToEventLoop();
  }
  return parts;
}

async function computePart(
  network: NetworkBase,
  batch: Batch,
  rows: readonly number[],
  padded: boolean,
): Promise<Part> {
  const { model, backend, carried } = network;
  const inputs = encodeNamedInputs(
    model,
    rows.map((row) => batch.rows[row]),
    {
      indices: rows,
      lengthsOf: (name) => batch.lengths[name] && rows.map((row) => batch.lengths[name][row]),
      timeOf: (name) => (padded ? batch.time[name] : undefined),
    },
  );
  const tape = network.tape();
  try {
    const initialState: Record<string, LayerState> = {};
    for (const { name } of model.nodes) {
      const given = batch.initialState?.[name];
      initialState[name] = given
        ? given.map((part, i) => upload(tape, part, `initialState[${name}][${i}]`))
        : carriedState(network, name, rows.length);
    }
    const { outputs, state } = network.forward(tape, inputSignals(tape, model.isChain, inputs), {
      initialState,
    });
    const stateful: Record<string, LayerState> = {};
    for (const { name, built } of model.nodes) if (built.stateful) stateful[name] = state[name];
    carried.carry(tape, stateful);
    const read = async (x: Tensor): Promise<NDArray> => ({
      data: await backend.read(x),
      shape: [...x.shape],
    });
    const returned = model.nodes.filter(({ built }) => built.returnState);
    const states = await Promise.all(
      returned.map(async ({ name }) => [name, await Promise.all(state[name].map(read))] as const),
    );
    const readOutputs = Object.entries(outputs).map(
      async ([name, { value, lengths }]) =>
        [name, { output: await read(value), lengths: lengths?.rows }] as const,
    );
    return {
      rows,
      outputs: Object.fromEntries(await Promise.all(readOutputs)),
      states: Object.fromEntries(states),
    };
  } finally {
    tape.dispose();
  }
}

/** The inputs of a batch, uploaded. */
export function inputSignals(
  tape: Tape,
  isChain: boolean,
  inputs: Readonly<Record<string, InputBatch>>,
): InputSignal | Record<string, InputSignal> {
  const signals: Record<string, InputSignal> = {};
  for (const name in inputs) {
    const { x, shape, lengths } = inputs[name];
    signals[name] = { value: tape.constant(x, shape), lengths };
  }
  return isChain ? signals.input : signals;
}

/**
 * The state of a stateful layer after the last batch. @throws ShapeError if that batch had a different number of rows
 */
function carriedState({ carried, model }: NetworkBase, name: string, rows: number): LayerState {
  const carriedRows = carried.rowsOf(name) ?? rows;
  if (carriedRows === rows) return carried.state[name] ?? [];
  const node = model.nodes.find((node) => node.name === name);
  throw new ShapeError(
    `predict: ${node && model.nameOf(node)}, is stateful and has the state of a batch of ${carriedRows} rows, ` +
      `but this batch has ${rows}. Pass ${carriedRows} rows, or call resetStates() to start from zero`,
  );
}

function upload(tape: Tape, part: ArrayInput, what: string): Tensor {
  const { data, shape } = toNDArray(part, what);
  return tape.constant(data, shape);
}

function checkLengths(steps: Lengths, rows: number, time: number): readonly number[] {
  const { data } = toNDArray(steps, 'lengths');
  if (steps.length !== rows)
    throw new ShapeError(`lengths has ${steps.length} numbers for a batch of ${rows} rows`);
  const wrong = data.findIndex((length) => !(Number.isInteger(length) && length >= 0 && length <= time));
  if (wrong >= 0)
    throw new ShapeError(`lengths[${wrong}] must be a whole number from 0 to ${time}, not ${data[wrong]}`);
  return Array.from(data);
}

/** The valid steps of the rows of each input. */
function lengthsByInput(
  lengths: PredictOptions['lengths'],
  isChain: boolean,
  names: readonly string[],
): Readonly<Record<string, Lengths | undefined>> {
  if (isChain || lengths === undefined) return { input: lengths as Lengths | undefined };
  if (isRow(lengths)) throw new OptionError('lengths: a graph needs an object of lengths by input');
  const stray = Object.keys(lengths).find((name) => !names.includes(name));
  if (stray === undefined) return lengths as Readonly<Record<string, Lengths>>;
  throw new OptionError(`lengths: there is no input ${show(stray)}${didYouMean(stray, names)}`);
}

function checkStateNames(state: PredictOptions['initialState'], names: readonly string[]): void {
  const stray = Object.keys(state ?? {}).find((name) => !names.includes(name));
  if (stray === undefined) return;
  throw new OptionError(`initialState: there is no layer ${show(stray)}; layers are ${names.join(', ')}`);
}

function isState(value: unknown): boolean {
  return (isRecord(value) || Array.isArray(value)) && Object.values(value).every(Array.isArray);
}
