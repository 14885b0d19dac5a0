import type { Tensor } from './contract/tensor.js';
import { sizeOf } from './contract/tensor.js';
import { encodeInputs } from './data/inputs.js';
import {
  type ArrayInput,
  isNDArray,
  type NDArray,
  type NestedArray,
  toNDArray,
  toNested,
} from './data/ndarray.js';
import { DataError, OptionError, ShapeError, UnsupportedError } from './errors.js';
import type { Network } from './network.js';
import { boolean, checkOptions, custom, isRecord, optional, positiveInteger, show } from './options.js';
import type { Tape } from './tape/tape.js';
import { turn } from './training/turn.js';

/** A batch: [batch, time, features], [batch, features], or token ids [batch, time]. */
export type Input = NDArray | readonly ArrayInput[];

export interface PredictOptions {
  /** Rows that are computed together. Default 256; all, where a layer is stateful or an initial state is given. */
  readonly batchSize?: number;
  /** Valid steps of each row of a batch that is padded already. Default: all. */
  readonly lengths?: readonly number[];
  /** Take rows of unequal length, and pad them. Default false: they are a DataError. */
  readonly pad?: boolean;
  /** By the layer's index: the tensors of its state, each [batch, size]. Absent: zero. */
  readonly initialState?: Readonly<Record<number, readonly ArrayInput[]>>;
}

/** What `predictAll` gives. */
export interface Prediction {
  /** [batch, time, features] or [batch, features]; two where the last layer's merge is 'none'. */
  readonly outputs: readonly NDArray[];
  /** By the layer's index, for layers with `returnState`: the tensors of its final state, each [batch, size]. */
  readonly states: Readonly<Record<number, readonly NDArray[]>>;
}

/** The network's one output for a batch, in the form of the input. */
export async function predict(
  network: Network,
  x: Input,
  options?: PredictOptions,
): Promise<NDArray | NestedArray> {
  if ((network.model.built.at(-1)?.outputCount ?? 1) > 1) {
    throw new UnsupportedError("predict: this model has two outputs (merge 'none'); predictAll gives both");
  }
  const { outputs } = await predictAll(network, x, options);
  return isNDArray(x) ? outputs[0] : toNested(outputs[0]);
}

/** All outputs and states for a batch. See `Network.predict` for the errors. */
export async function predictAll(
  network: Network,
  x: Input,
  options: PredictOptions = {},
): Promise<Prediction> {
  const checked = checkOptions('predict', options, {
    batchSize: optional(positiveInteger),
    lengths: optional(custom<readonly number[]>('an array of whole numbers', Array.isArray)),
    pad: optional(boolean, false),
    initialState: optional(
      custom<Readonly<Record<number, readonly ArrayInput[]>>>('lists of arrays by layer index', isState),
    ),
  });
  const rows = rowsOf(x);
  const { built } = network.model;
  const stray = Object.keys(checked.initialState ?? {}).find((index) => !(index in built));
  if (stray !== undefined) {
    throw new OptionError(
      `initialState: there is no layer ${show(stray)}; layers are 0 to ${built.length - 1}`,
    );
  }
  if (checked.lengths && checked.lengths.length !== rows.length) {
    throw new ShapeError(`lengths: ${checked.lengths.length} were given for a batch of ${rows.length}`);
  }
  const together = checked.initialState !== undefined || built.some((layer) => layer.stateful);
  const size = together ? rows.length : (checked.batchSize ?? 256);
  const parts: Prediction[] = [];
  for (let from = 0; from < rows.length; from += size) {
    const lengths = checked.lengths?.slice(from, from + size);
    parts.push(await predictBatch(network, rows.slice(from, from + size), { ...checked, lengths }, from));
    await turn();
  }
  return joinParts(parts);
}

async function predictBatch(
  network: Network,
  rows: readonly ArrayInput[],
  options: PredictOptions,
  from: number,
) {
  const { model, backend, carried } = network;
  const batch = encodeInputs(rows, model.input, {
    vocabulary: model.layers[0].vocabulary,
    indices: rows.map((_, row) => from + row),
  });
  if (batch.lengths && !options.pad) {
    throw new DataError(`the rows have unequal lengths, ${show(batch.lengths)}; pass pad: true to pad them`);
  }
  const tape = network.tape();
  try {
    const start = model.built.map((_, index) => {
      const given = options.initialState?.[index];
      return (
        given?.map((part, i) => upload(tape, part, `initialState[${index}][${i}]`)) ??
        carried.state[index] ??
        []
      );
    });
    const value = tape.constant(batch.x, batch.shape);
    const lengths = options.lengths ?? batch.lengths;
    const { outputs, state } = network.forward(tape, { value, lengths }, { initialState: start });
    carried.carry(
      tape,
      state.map((tensors, index) => (model.built[index].stateful ? tensors : [])),
    );
    const returned = [...model.built.keys()].filter((index) => model.built[index].returnState);
    const read = async (x: Tensor): Promise<NDArray> => ({
      data: await backend.read(x),
      shape: [...x.shape],
    });
    const states = await Promise.all(
      returned.map(async (index) => [index, await Promise.all(state[index].map(read))] as const),
    );
    return {
      outputs: await Promise.all(outputs.map(async ({ value }) => batchMajor(await read(value)))),
      states: Object.fromEntries(states),
    };
  } finally {
    tape.dispose();
  }
}

function upload(tape: Tape, part: ArrayInput, what: string): Tensor {
  const { data, shape } = toNDArray(part, what);
  return tape.constant(data, shape);
}

function rowsOf(x: Input): readonly ArrayInput[] {
  if (!isNDArray(x)) {
    if (!Array.isArray(x) || x.length === 0)
      throw new DataError(`predict wants a batch: an array of at least one row, not ${show(x)}`);
    return x;
  }
  const [batch, ...shape] = toNDArray(x, 'x').shape;
  const size = sizeOf(shape);
  if (!batch)
    throw new ShapeError(`predict wants a batch of at least one row, and the shape is [${x.shape}]`);
  return Array.from({ length: batch }, (_, row) => ({
    data: x.data.subarray(row * size, (row + 1) * size),
    shape,
  }));
}

/** [T, B, F] → [B, T, F]; a vector's [B, F] is as it should be. */
function batchMajor({ data, shape }: NDArray): NDArray {
  if (shape.length !== 3) return { data, shape };
  const [T, B, F] = shape;
  const turned = data.slice();
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < T; t++) {
      turned.set(data.subarray((t * B + b) * F, (t * B + b + 1) * F), (b * T + t) * F);
    }
  }
  return { data: turned, shape: [B, T, F] };
}

function joinParts(parts: readonly Prediction[]): Prediction {
  const [first] = parts;
  if (parts.length === 1) return first;
  return {
    outputs: first.outputs.map((_, i) => joinRows(parts.map(({ outputs }) => outputs[i]))),
    states: Object.fromEntries(
      Object.entries(first.states).map(([index, tensors]) => [
        index,
        tensors.map((_, i) => joinRows(parts.map(({ states }) => states[Number(index)][i]))),
      ]),
    ),
  };
}

/** Joined along the batch. Sequences that were padded to unequal lengths are padded to the longest. */
function joinRows(parts: readonly NDArray[]): NDArray {
  const inner = parts[0].shape
    .slice(1)
    .map((_, axis) => Math.max(...parts.map(({ shape }) => shape[axis + 1])));
  const rows = parts.reduce((sum, { shape }) => sum + shape[0], 0);
  const size = sizeOf(inner);
  const like = parts[0].data;
  const data = like instanceof Float64Array ? new Float64Array(rows * size) : new Float32Array(rows * size);
  let row = 0;
  for (const part of parts) {
    const own = sizeOf(part.shape.slice(1));
    for (let i = 0; i < part.shape[0]; i++)
      data.set(part.data.subarray(i * own, (i + 1) * own), row++ * size);
  }
  return { data, shape: [rows, ...inner] };
}

function isState(value: unknown): boolean {
  return (isRecord(value) || Array.isArray(value)) && Object.values(value).every(Array.isArray);
}
