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

/** A batch: [batch, time, features], [batch, features], or token ids [batch, time]. In an array rows may have unequal times. */
export type BatchInput = NDArrayInput | readonly ArrayInput[];

/** How a batch is divided and where its states start. */
export interface PredictOptions {
  /**
   * Rows that are computed together, sorted by their lengths. Default 256; all in the order given, where a layer is
   * stateful or an initial state is given.
   */
  readonly batchSize?: number;
  /** Valid steps of each row of a batch that is padded already. Default: all. */
  readonly lengths?: readonly number[] | TypedArray;
  /** By the layer's index: the tensors of its state, each [batch, size]. Absent: zero. */
  readonly initialState?: Readonly<Record<number, readonly ArrayInput[]>>;
}

/** The result of `predictAll`. */
export interface Prediction {
  /** [batch, time, features] or [batch, features]; two where the last layer's merge is 'none'. Zero past a row's length. */
  readonly outputs: readonly NDArray[];
  /** Valid steps of each row of the outputs; absent where every step is valid, and where they are not sequences. */
  readonly lengths?: readonly number[];
  /** By the layer's index, for layers with `returnState`: the tensors of its final state, each [batch, size]. */
  readonly states: Readonly<Record<number, readonly NDArray[]>>;
}

/** The network's one output for a batch, in the form of the input: rows of unequal length are not padded. */
export async function predict(
  network: NetworkBase,
  x: BatchInput,
  options?: PredictOptions,
): Promise<NDArray | NestedNumbers> {
  if (network.model.outputCount > 1) {
    throw new UnsupportedError("predict: this model has two outputs (merge 'none'); predictAll gives both");
  }
  const batch = checkBatch(network, x, options);
  const parts = (await compute(network, batch)).map((part) => ({ ...part, output: part.outputs[0] }));
  if (isNDArray(x)) return joinRows(parts);
  const isSequence = parts[0].output.shape.length === 3;
  return batch.ragged && isSequence ? nestRows(parts) : toNested(joinRows(parts));
}

/** All outputs and states for a batch. See `Network.predict` for the errors. */
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

/** A batch and how it is divided. */
interface Batch {
  readonly rows: readonly ArrayInput[];
  /** The rows have unequal lengths. */
  readonly ragged: boolean;
  /** Steps of the longest row, its padding included. */
  readonly time: number;
  /** Valid steps of each row. */
  readonly lengths: readonly number[];
  /** The indices of the rows as they are computed, `size` together. */
  readonly order: readonly number[];
  readonly size: number;
  readonly initialState: PredictOptions['initialState'];
}

/** The network's outputs for some of the rows. */
interface Part {
  readonly rows: readonly number[];
  /** Sequences [T, B, F] or vectors [B, F]. */
  readonly outputs: readonly NDArray[];
  /** Valid steps of each row of the outputs; absent: T. */
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
  const stray = Object.keys(checked.initialState ?? {}).find((index) => !(index in built));
  if (stray !== undefined) {
    throw new OptionError(
      `initialState: there is no layer ${show(stray)}; layers are 0 to ${built.length - 1}`,
    );
  }
  const steps = rows.map(lengthOf);
  const ragged = model.input.kind !== 'vector' && steps.some((count) => count !== steps[0]);
  if (checked.lengths && (ragged || model.input.kind === 'vector')) {
    const reason = ragged ? 'these rows have unequal lengths already' : 'this model takes vectors';
    throw new OptionError(`lengths are for rows that are padded to one length, and ${reason}`);
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

/** Part by part, from the longest rows to the shortest. */
async function compute(network: NetworkBase, batch: Batch): Promise<Part[]> {
  const parts: Part[] = [];
  for (let from = 0; from < batch.order.length; from += batch.size) {
    const rows = batch.order.slice(from, from + batch.size);
    // The first part keeps all padding, which says how many steps the output has. The others need as many as are valid.
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
      const given = batch.initialState?.[layer];
      if (given) return given.map((part, i) => upload(tape, part, `initialState[${layer}][${i}]`));
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

/** The state that a stateful layer kept of the last batch. @throws ShapeError where that had another number of rows */
function carriedState({ carried, model }: NetworkBase, layer: number, rows: number): readonly Tensor[] {
  const kept = carried.rowsOf(layer) ?? rows;
  if (kept === rows) return carried.state[layer] ?? [];
  throw new ShapeError(
    `predict: ${model.nameOf(layer)}, is stateful and carries the state of a batch of ${kept} rows, ` +
      `and ${rows} were given. Give ${kept} rows, or call resetStates() to start from zero`,
  );
}

function upload(tape: Tape, part: ArrayInput, what: string): Tensor {
  const { data, shape } = toNDArray(part, what);
  return tape.constant(data, shape);
}

function checkLengths(given: readonly number[] | TypedArray, rows: number, time: number): readonly number[] {
  const { data } = toNDArray(given, 'lengths');
  if (given.length !== rows)
    throw new ShapeError(`lengths: ${given.length} were given for a batch of ${rows}`);
  const wrong = data.findIndex((length) => !(Number.isInteger(length) && length >= 0 && length <= time));
  if (wrong >= 0)
    throw new ShapeError(`lengths[${wrong}] must be a whole number from 0 to ${time}, not ${data[wrong]}`);
  return Array.from(data);
}

function isState(value: unknown): boolean {
  return (isRecord(value) || Array.isArray(value)) && Object.values(value).every(Array.isArray);
}
