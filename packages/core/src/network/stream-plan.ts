/* Divides the nodes of a model into those that a stream computes once and those that it computes at each step. */
import type { Tensor } from '../contract/tensor.js';
import { encodeNamedInputs, type NamedInputs, rowsOfInputs } from '../data/named-inputs.js';
import { isNDArray, isRow } from '../data/ndarray.js';
import { OptionError, ShapeError, UnsupportedError } from '../errors.js';
import type { LayerState, Signal } from '../layers/layer.js';
import { sizesOfStep } from '../layers/shapes.js';
import type { Architecture, ModelNode } from '../model/architecture.js';
import { didYouMean, isRecord, show } from '../options.js';
import type { InputSignal, NodeResults } from './forward.js';
import type { NetworkBase } from './network-base.js';
import { inputSignals } from './predict.js';
import { repeatRows, repeatState } from './repeat-rows.js';
import { runNodes } from './run-nodes.js';

/** The given inputs of a stream. */
export interface GivenInputs {
  readonly names: readonly string[];
  /** One object of inputs for each source; a single empty object if no input is given. */
  readonly rows: readonly NamedInputs[];
  /** True if they are a batch, false if they are those of one sequence. */
  readonly isBatch: boolean;
}

/** The nodes of a stream. */
export interface StreamPlan {
  /** The names of the inputs that are stepped. */
  readonly stepped: readonly string[];
  /** The nodes that depend only on the given inputs. They run once. */
  readonly fixed: readonly ModelNode[];
  /** The other nodes. They run at each step. */
  readonly steps: readonly ModelNode[];
}

/** The results of the fixed nodes for all rows of the stream, and the tensors to free at the end. */
export interface FixedResults {
  readonly signals: readonly (Signal | undefined)[];
  readonly state: Readonly<Record<string, LayerState>>;
  readonly owned: readonly Tensor[];
}

/** Checks the given inputs. @throws OptionError for an input that does not exist; DataError or ShapeError for invalid rows */
export function checkGiven({ inputs }: Architecture, given: unknown): GivenInputs {
  if (!isRecord(given))
    throw new OptionError(`stream: the given inputs must be an object by name, not ${show(given)}`);
  const names = Object.keys(given);
  for (const name of names) {
    if (!Object.hasOwn(inputs, name))
      throw new OptionError(
        `stream: there is no input ${show(name)}${didYouMean(name, Object.keys(inputs))}`,
      );
  }
  if (names.length === 0) return { names, rows: [{}], isBatch: false };
  const deep = names.map((name) => {
    const { shape } = inputs[name];
    const own = sizesOfStep(shape).length + ('time' in shape ? 1 : 0);
    return depthOf(given[name]) > own;
  });
  const [isBatch] = deep;
  if (deep.some((other) => other !== isBatch))
    throw new ShapeError('stream: the given inputs must all be of one sequence, or all be batches');
  const batch = isBatch ? given : Object.fromEntries(names.map((name) => [name, [given[name]]]));
  const rows = rowsOfInputs('stream: given', false, batch, names);
  return { names, rows, isBatch };
}

/** @throws UnsupportedError for a layer or an input that cannot be stepped */
export function planStream(model: Architecture, given: readonly string[]): StreamPlan {
  const inputs = Object.keys(model.inputs);
  const stepped = inputs.filter((name) => !given.includes(name));
  if (stepped.length === 0) throw new OptionError('stream: every input is given; one must be left to step');
  for (const name of stepped) {
    if (!('time' in model.inputs[name].shape))
      throw new UnsupportedError(
        model.isChain
          ? `stream: this model takes a ${model.inputs[name].shape.kind}, which has no time`
          : `stream: the input ${name} has no time, so it must be given`,
      );
  }
  const moving = new Set(stepped.map((name) => inputs.indexOf(name)));
  const movingStates = new Set<string>();
  const fixed: ModelNode[] = [];
  const steps: ModelNode[] = [];
  for (const node of model.nodes) {
    const { from, initialState, name } = node;
    const start =
      initialState &&
      ('node' in initialState
        ? movingStates.has(initialState.node)
        : initialState.signals.some((signal) => moving.has(signal)));
    if (!start && !from.some((signal) => moving.has(signal))) {
      fixed.push(node);
      continue;
    }
    checkStep(model, node, moving, start === true);
    for (const signal of [node.signal, ...Object.values(node.others)]) moving.add(signal);
    movingStates.add(name);
    steps.push(node);
  }
  return { stepped, fixed, steps };
}

/** @param moving the signals that are stepped */
function checkStep(model: Architecture, node: ModelNode, moving: ReadonlySet<number>, start: boolean): void {
  const { layer, built, from } = node;
  const refuse = (why: string): never => {
    throw new UnsupportedError(`stream: ${model.nameOf(node)}: ${why}`);
  };
  if (built.wholeSequence) refuse(built.wholeSequence);
  if (start) refuse('its initial state depends on an input that is stepped');
  for (const [i, signal] of from.entries()) {
    const input = Array.isArray(layer.inputs) ? layer.inputs[i] : '';
    const whole = built.wholeInputs?.[input];
    if (moving.has(signal) && whole) refuse(whole);
    if (!moving.has(signal) && !whole && hasTime(model, signal))
      refuse(`${model.signals[signal]} is a whole sequence, and the other inputs are stepped`);
  }
}

/** Whether a signal of a model has steps. @param signal its number */
export function hasTime({ inputs, nodes }: Architecture, signal: number): boolean {
  const input = Object.values(inputs)[signal];
  if (input) return 'time' in input.shape;
  const node = nodes.find((node) => node.signal === signal || Object.values(node.others).includes(signal));
  return node !== undefined && 'time' in node.built.outputShape;
}

/** Runs the fixed nodes, and repeats the results that the steps use `width` times for each source. */
export function computeFixed(
  network: NetworkBase,
  { fixed, steps }: StreamPlan,
  { names, rows }: GivenInputs,
  width: number,
): FixedResults {
  const { model } = network;
  if (names.length === 0) return { signals: [], state: {}, owned: [] };
  const inputs = Object.fromEntries(names.map((name) => [name, model.inputs[name]]));
  const encoded = encodeNamedInputs({ inputs, isChain: model.isChain }, rows, {});
  const tape = network.tape();
  try {
    const input = inputSignals(tape, model.isChain, encoded) as InputSignal | Record<string, InputSignal>;
    const results: NodeResults = {
      signals: network.inputSignals(tape, input, names),
      state: {},
      buffers: new Map(),
    };
    runNodes(network, tape, fixed, results, {});
    const used = new Set([
      ...steps.flatMap((node) => node.from),
      ...Object.values(model.outputs).map(({ signal }) => signal),
    ]);
    const signals = results.signals.map((signal, number) =>
      signal && used.has(number) ? repeatRows(tape, signal, width, hasTime(model, number)) : undefined,
    );
    for (const { initialState } of steps) {
      if (!initialState || 'node' in initialState) continue;
      for (const number of initialState.signals)
        signals[number] ??= repeatRows(tape, results.signals[number] as Signal, width, false);
    }
    const starts = steps.flatMap(({ initialState }) =>
      initialState && 'node' in initialState ? [initialState.node] : [],
    );
    const state = Object.fromEntries(
      starts.map((name) => [name, repeatState(tape, results.state[name], width)]),
    );
    const owned = [...new Set([...signals.flatMap(tensorsOf), ...Object.values(state).flat()])];
    for (const tensor of owned) tape.keep(tensor);
    return { signals, state, owned };
  } finally {
    tape.dispose();
  }
}

function tensorsOf(signal: Signal | undefined): Tensor[] {
  if (!signal) return [];
  const { value, lengths, mask, logits } = signal;
  return [value, lengths?.tensor, mask, logits?.value].filter((tensor) => tensor !== undefined);
}

/** How deeply arrays are nested; the innermost may be an NDArray. */
function depthOf(value: unknown): number {
  if (isNDArray(value)) return value.shape.length;
  return isRow(value) ? 1 + depthOf(value[0]) : 0;
}
