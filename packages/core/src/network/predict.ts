import type { Tensor } from '../contract/tensor.js';
import { encodeInputs, rowsOf } from '../data/inputs.js';
import { joinLengths, joinRows, nestRows } from '../data/join-rows.js';
import {
  type ArrayInput,
  isNDArray,
  isRow,
  lengthOf,
  type NDArray,
  type NDArrayInput,
  type NestedNumbers,
  type TypedArray,
  toNDArray,
  toNested,
} from '../data/ndarray.js';
import { OptionError, ShapeError, UnsupportedError } from '../errors.js';
import { yieldToEventLoop } from '../event-loop.js';
import { checkOptions, custom, isRecord, optional, positiveInteger, show } from '../options.js';
import type { Tape } from '../tape/tape.js';
import type { NetworkBase } from './network-base.js';

/** [batch, time, features], [batch, features], or token ids [batch, time]. Rows may have unequal lengths. */
export type BatchInput = NDArrayInput | readonly ArrayInput[];

/** Options of `predict` and `predictAll`. */
export interface PredictOptions {
  /**
   * The number of rows computed together, after sorting by length. Default 256. If a layer is stateful or
   * `initialState` is set, all rows are computed together in their original order.
   */
  readonly batchSize?: number;
  /** The number of valid steps in each row, for a batch that is already padded. Default: all. */
  readonly lengths?: readonly number[] | TypedArray;
  /** The initial state tensors by layer index, each [batch, size]. Default: zero. */
  readonly initialState?: Readonly<Record<number, readonly ArrayInput[]>>;
}

/** The result of `predictAll`. */
export interface Prediction {
  /** One output, or two with merge 'none': [batch, time, features] or [batch, features]; zero past a row's length. */
  readonly outputs: readonly NDArray[];
  /** The number of valid output steps in each row; absent if all are valid or the outputs are not sequences. */
  readonly lengths?: readonly number[];
  /** The final state tensors by layer index, each [batch, size], for layers with `returnState`. */
  readonly states: Readonly<Record<number, readonly NDArray[]>>;
}

/** Computes the single output for a batch, in the form of the input: rows of unequal length are not padded. */
export async function predict(
  network: NetworkBase,
  x: BatchInput,
  options?: PredictOptions,
): Promise<NDArray | NestedNumbers> {
  if (network.model.outputCount > 1) {
    throw new UnsupportedError("predict: this model has two outputs (merge 'none'); predictAll returns both");
  }
  const batch = checkBatch(network, x, options);
  const parts = (await compute(network, batch)).map((part) => ({ ...part, output: part.outputs[0] }));
  if (isNDArray(x)) return joinRows(parts);
  const isSequence = parts[0].output.shape.length === 3;
  return batch.ragged && isSequence ? nestRows(parts) : toNested(joinRows(parts));
}

/** Computes all outputs and states for a batch. See `Network.predict` for the errors. */
export async function predictAll(
  network: NetworkBase,
  x: BatchInput,
  options?: PredictOptions,
): Promise<Prediction> {
  const parts = await compute(network, checkBatch(network, x, options));
  const [{ outputs, states }] = parts;
  const joined = outputs.map((_, i) => joinRows(parts.map((part) => ({ ...part, output: part.outputs[i] }))));
  const isSequence = joined[0].shape.length === 3;
  const lengths = isSequence ? joinLengths(parts.map((part) => ({ ...part, output: part.outputs[0] }))) : [];
  const stateOf = (layer: number, i: number) =>
    joinRows(parts.map(({ rows, states }) => ({ rows, output: states[layer][i] })));
  return {
    outputs: joined,
    ...(lengths.some((length) => length < joined[0].shape[1]) && { lengths }),
    states: Object.fromEntries(
      Object.entries(states).map(([layer, tensors]) => [
        layer,
        tensors.map((_, i) => stateOf(Number(layer), i)),
      ]),
    ),
  };
}

/** A batch, and how it is divided into parts. */
interface Batch {
  readonly rows: readonly ArrayInput[];
  /** True if the rows have unequal lengths. */
  readonly ragged: boolean;
  /** The number of steps in the longest row, including its padding. */
  readonly time: number;
  /** The number of valid steps in each row. */
  readonly lengths: readonly number[];
  /** The indices of the rows in the order of computation, `size` of them in each part. */
  readonly order: readonly number[];
  readonly size: number;
  readonly initialState: PredictOptions['initialState'];
}

/** The network's outputs for some of the rows. */
interface Part {
  readonly rows: readonly number[];
  /** The outputs: sequences [T, B, F] or vectors [B, F]. */
  readonly outputs: readonly NDArray[];
  /** The number of valid steps in each row of the outputs; T if absent. */
  readonly lengths?: readonly number[];
  readonly states: Readonly<Record<number, readonly NDArray[]>>;
}

function checkBatch({ model }: NetworkBase, x: BatchInput, options: PredictOptions | undefined): Batch {
  const checked = checkOptions('predict', options, {
    batchSize: optional(positiveInteger),
    lengths: optional(custom<readonly number[] | TypedArray>('an array of whole numbers', isRow)),
    initialState: optional(
      custom<Readonly<Record<number, readonly ArrayInput[]>>>('lists of arrays by layer index', isState),
    ),
  });
  const rows = rowsOf('predict', x);
  const { built } = model;
  const unknownLayer = Object.keys(checked.initialState ?? {}).find((index) => !(index in built));
  if (unknownLayer !== undefined) {
    throw new OptionError(
      `initialState: there is no layer ${show(unknownLayer)}; layers are 0 to ${built.length - 1}`,
    );
  }
  const steps = rows.map(lengthOf);
  const ragged = model.input.kind !== 'vector' && steps.some((count) => count !== steps[0]);
  if (checked.lengths && (ragged || model.input.kind === 'vector')) {
    const reason = ragged ? 'these rows have unequal lengths' : 'this model takes vectors';
    throw new OptionError(`lengths are for padded rows, but ${reason}`);
  }
  const lengths = checked.lengths ? checkLengths(checked.lengths, rows.length, steps[0]) : steps;
  const together = checked.initialState !== undefined || built.some((layer) => layer.stateful);
  const order = Array.from(rows.keys());
  if (!together) order.sort((a, b) => lengths[b] - lengths[a]);
  return {
    rows,
    ragged,
    time: steps.reduce((longest, count) => Math.max(longest, count), 0),
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
    parts.push(await computePart(network, batch, rows, from === 0 ? batch.time : undefined));
    await yieldToEventLoop();
  }
  return parts;
}

async function computePart(
  network: NetworkBase,
  batch: Batch,
  rows: readonly number[],
  time: number | undefined,
): Promise<Part> {
  const { model, backend, carried } = network;
  const isVector = model.input.kind === 'vector';
  const fixedTime = model.input.kind === 'vector' ? undefined : (model.input.time ?? undefined);
  const input = encodeInputs(
    rows.map((row) => batch.rows[row]),
    model.input,
    {
      vocabulary: model.layers[0].vocabulary,
      indices: rows,
      lengths: isVector ? undefined : rows.map((row) => batch.lengths[row]),
      time: fixedTime ?? time,
    },
  );
  const tape = network.tape();
  try {
    const start = model.built.map((_, layer) => {
      const initial = batch.initialState?.[layer];
      if (initial) return initial.map((part, i) => upload(tape, part, `initialState[${layer}][${i}]`));
      return carriedState(network, layer, rows.length);
    });
    const value = tape.constant(input.x, input.shape);
    const { outputs, state } = network.forward(
      tape,
      { value, lengths: input.lengths },
      { initialState: start },
    );
    carried.carry(
      tape,
      state.map((tensors, index) => (model.built[index].stateful ? tensors : [])),
    );
    const read = async (x: Tensor): Promise<NDArray> => ({
      data: await backend.read(x),
      shape: [...x.shape],
    });
    const returned = [...model.built.keys()].filter((index) => model.built[index].returnState);
    const states = await Promise.all(
      returned.map(async (index) => [index, await Promise.all(state[index].map(read))] as const),
    );
    return {
      rows,
      outputs: await Promise.all(outputs.map(({ value }) => read(value))),
      lengths: outputs[0].lengths?.rows,
      states: Object.fromEntries(states),
    };
  } finally {
    tape.dispose();
  }
}

/**
 * The state of a stateful layer after the last batch. @throws ShapeError if that batch had a different number of rows
 */
function carriedState({ carried, model }: NetworkBase, layer: number, rows: number): readonly Tensor[] {
  const carriedRows = carried.rowsOf(layer) ?? rows;
  if (carriedRows === rows) return carried.state[layer] ?? [];
  throw new ShapeError(
    `predict: ${model.nameOf(layer)}, is stateful and has the state of a batch of ${carriedRows} rows, ` +
      `but this batch has ${rows}. Pass ${carriedRows} rows, or call resetStates() to start from zero`,
  );
}

function upload(tape: Tape, part: ArrayInput, what: string): Tensor {
  const { data, shape } = toNDArray(part, what);
  return tape.constant(data, shape);
}

function checkLengths(steps: readonly number[] | TypedArray, rows: number, time: number): readonly number[] {
  const { data } = toNDArray(steps, 'lengths');
  if (steps.length !== rows)
    throw new ShapeError(`lengths has ${steps.length} numbers for a batch of ${rows} rows`);
  const wrong = data.findIndex((length) => !(Number.isInteger(length) && length >= 0 && length <= time));
  if (wrong >= 0)
    throw new ShapeError(`lengths[${wrong}] must be a whole number from 0 to ${time}, not ${data[wrong]}`);
  return Array.from(data);
}

function isState(value: unknown): boolean {
  return (isRecord(value) || Array.isArray(value)) && Object.values(value).every(Array.isArray);
}
