import { type Activation, type Shape, ShapeError, type Tape, type Tensor } from '@recurra/core';
import { recurrentSequence, sameShape } from '@recurra/core/backend';
import { isFloat } from '../dtypes.js';
import { type GraphNode, showShape } from '../graph.js';
import { checkSize, Value } from '../value.js';
import { activationsOf } from './activations.js';
import { generalLstm } from './general-lstm.js';
import type { Call, Operator } from './operator.js';
import { type Cell, directionWeights, type Floats, gateOrder } from './recurrent-weights.js';

const attributes = ['activation_alpha', 'activation_beta', 'activations', 'clip', 'direction', 'hidden_size'];

/** The sizes of a node: steps, rows, input features, directions, units and gates. */
export interface Sizes {
  readonly T: number;
  readonly B: number;
  readonly I: number;
  readonly D: number;
  readonly H: number;
  readonly G: number;
}

/** The form in which a node has its matrices W and R. */
export interface MatrixForm {
  /** The inputs besides 1, 2, 3 and 7 that the weights depend on. */
  readonly inputs: readonly number[];
  /** The shape of a matrix with N rows of input: W with N = I, R with N = H. */
  shape(sizes: Pick<Sizes, 'D' | 'G' | 'H'>, N: number): Shape;
  /** The axis of the shape of R with the size H. */
  readonly units: number;
  /** @throws FormatError or ShapeError for elements of a wrong type, and for further inputs that do not fit */
  check(call: Call, sizes: Sizes): void;
  /** The matrix at input `index`, with N rows of input, as floats [D, G · H, N]. */
  floats(call: Call, index: number, sizes: Sizes, N: number): Promise<Floats>;
}

/**
 * One of the recurrent operators.
 * @param own the attributes that only this operator has
 */
export function recurrentOperator(cell: Cell, own: readonly string[], form: MatrixForm): Operator {
  return {
    recurrent: true,
    attributes: [...attributes, ...own],
    unsupported: (node) => {
      const settings = settingsOf(cell, node);
      return typeof settings === 'string' ? settings : undefined;
    },
    run: (call) => run(cell, form, call),
  };
}

/** The attributes of a node, checked. */
interface Settings {
  /** For each direction: true if it runs from the last step to the first. */
  readonly reverse: readonly boolean[];
  /** For each direction: the activations of the gates, the candidate, and the LSTM's cell state. */
  readonly activations: readonly (readonly Activation[])[];
  readonly clip: number;
  readonly batchMajor: boolean;
  readonly inputForget: boolean;
  readonly resetAfter: boolean;
}

/** The attributes of a node; a string if they are not supported, with the reason. */
function settingsOf(cell: Cell, { attributes }: GraphNode): Settings | string {
  const direction = attributes.string('direction', 'forward');
  const reverse = { forward: [false], reverse: [true], bidirectional: [false, true] }[direction];
  if (!reverse) return `direction ${direction.slice(0, 40)}`;
  const activations = activationsOf(attributes, cell, reverse.length);
  if (typeof activations === 'string') return activations;
  const clip = attributes.float('clip', 0);
  if (!(clip >= 0 && clip < Number.POSITIVE_INFINITY)) return `clip ${clip}`;
  const flag = (name: string) => attributes.int(name, 0);
  const invalid = ['layout', 'input_forget', 'linear_before_reset'].find(
    (name) => ![0, 1].includes(flag(name)),
  );
  if (invalid) return `${invalid} ${flag(invalid)}`;
  return {
    reverse,
    activations,
    clip,
    batchMajor: flag('layout') === 1,
    inputForget: flag('input_forget') === 1,
    resetAfter: flag('linear_before_reset') === 1,
  };
}

/** The ONNX RNN, LSTM and GRU. docs/semantics.md has the equations; the numbers are ONNX's. */
async function run(cell: Cell, form: MatrixForm, call: Call): Promise<(Value | undefined)[]> {
  const settings = settingsOf(cell, call.node) as Settings;
  const { batchMajor } = settings;
  const { shape } = call.input(0);
  if (shape.length !== 3) call.fail(`X must have three dimensions, not [${shape}]`);
  const sizes = readInputs(cell, form, call, settings);
  const { D, T, B, I, H } = sizes;
  checkSize(call.tape, [T, D, B, H], call.label);

  const { tape } = call;
  const dtype = call.floatType(0);
  const x = batchMajor ? tape.transpose(call.float(0), [1, 0, 2]) : call.float(0);
  const lengths = await readLengths(call, T, B);
  const weights = await call.prepare([1, 2, 3, 7, ...form.inputs], async (tape) => {
    const w = await form.floats(call, 1, sizes, I);
    const r = await form.floats(call, 2, sizes, H);
    const { resetAfter } = settings;
    return Promise.all(
      settings.reverse.map((_, d) => directionWeights(tape, cell, call, { ...sizes, resetAfter, w, r }, d)),
    );
  });
  const initialStates = [call.inputs[5], ...(cell === 'lstm' ? [call.inputs[6]] : [])].map((state) =>
    initialState(tape, state, sizes, batchMajor, lengths),
  );
  // Without Y, the backend may leave out the outputs of the steps.
  const sequence = call.node.outputs[0] !== undefined;
  const directions = settings.reverse.map((reverse, d) => {
    const initialState = initialStates.some(Boolean)
      ? initialStates.map((state) => state?.[d] ?? tape.fill([B, H], 0))
      : undefined;
    const [f, g, h = g] = settings.activations[d];
    const inputs = { x, weights: weights[d], initialState, lengths };
    if (cell === 'lstm' && (settings.inputForget || JSON.stringify(g) !== JSON.stringify(h))) {
      const { clip, inputForget } = settings;
      return generalLstm(tape, { f, g, h, clip, inputForget, reverse, sequence }, inputs);
    }
    return recurrentSequence(
      tape,
      {
        cell,
        activation: cell === 'rnn' ? f : g,
        recurrentActivation: cell === 'rnn' ? 'linear' : f,
        resetAfter: settings.resetAfter,
        clip: settings.clip,
      },
      inputs,
      { reverse, sequence },
    );
  });

  /** The directions concatenated along `axis`; `permutation` makes the result batch-major. */
  const joined = (parts: readonly Tensor[], shape: Shape, axis: number, permutation: readonly number[]) => {
    const all = tape.concat(
      parts.map((part) => tape.reshape(part, shape)),
      axis,
    );
    const result = batchMajor ? tape.transpose(all, permutation) : all;
    return Value.onBackend(tape, result, result.shape, dtype);
  };
  const states = directions[0].state.map((_, i) =>
    joined(
      directions.map(({ state }) => state[i]),
      [1, B, H],
      0,
      [1, 0, 2],
    ),
  );
  const outputs = directions.flatMap(({ y }) => (y ? [y] : []));
  return [sequence ? joined(outputs, [T, 1, B, H], 1, [2, 0, 1, 3]) : undefined, ...states];
}

/** The sizes of a node. @throws ShapeError for an input whose shape does not match the others */
function readInputs(cell: Cell, form: MatrixForm, call: Call, { reverse, batchMajor }: Settings): Sizes {
  const { shape } = call.input(0);
  const [T, B, I] = batchMajor ? [shape[1], shape[0], shape[2]] : shape;
  const D = reverse.length;
  const G = gateOrder[cell].length;
  const H = call.attributes.int('hidden_size') ?? call.input(2).shape[form.units] ?? 0;
  const sizes = { T, B, I, D, H, G };
  const expected: readonly (readonly [index: number, name: string, shape: Shape])[] = [
    [1, 'W', form.shape(sizes, I)],
    [2, 'R', form.shape(sizes, H)],
    [3, 'B', [D, 2 * G * H]],
    [4, 'sequence_lens', [B]],
    [5, 'initial_h', batchMajor ? [B, D, H] : [D, B, H]],
    [6, 'initial_c', batchMajor ? [B, D, H] : [D, B, H]],
    [7, 'P', [D, 3 * H]],
  ];
  for (const [index, name, shape] of expected.slice(0, cell === 'lstm' ? 7 : 5)) {
    const value = index < 3 ? call.input(index) : call.inputs[index];
    if (value && index !== 4 && index > 2 && !isFloat(value.dtype))
      call.fail(`${name} must be of floating-point numbers`);
    if (value && !sameShape(value.shape, shape)) {
      throw new ShapeError(`${call.label}: ${name} must be [${shape}], not ${showShape(value.shape)}`);
    }
  }
  form.check(call, sizes);
  return sizes;
}

/** The lengths of the rows, [B]; undefined if every row has all steps. */
async function readLengths(call: Call, T: number, B: number): Promise<Tensor | undefined> {
  const lengths = await call.ints(4);
  if (!lengths || lengths.every((length) => length === T)) return undefined;
  if (lengths.some((length) => length < 0 || length > T))
    throw new ShapeError(`${call.label}: sequence_lens must be from 0 to ${T}, not [${lengths}]`);
  return call.tape.constant(Float32Array.from(lengths), [B]);
}

/**
 * The initial state of each direction, [B, H]; undefined if the input is left out. Rows of length 0 start from zeros:
 * their final state is their initial state, and onnxruntime returns zeros for it.
 */
function initialState(
  tape: Tape,
  state: Value | undefined,
  { D, B, H }: Sizes,
  batchMajor: boolean,
  lengths: Tensor | undefined,
): Tensor[] | undefined {
  if (!state) return undefined;
  const timeMajor = batchMajor ? tape.transpose(state.tensor(), [1, 0, 2]) : state.tensor();
  const cleared = lengths
    ? tape.select(tape.reshape(lengths, [B, 1]), timeMajor, tape.fill([1], 0))
    : timeMajor;
  return tape.split(cleared, new Array(D).fill(1), 0).map((part) => tape.reshape(part, [B, H]));
}
