/* Infers a model from the shapes of a state_dict. */
import {
  bidirectional,
  dense,
  embedding,
  FormatError,
  gru,
  type InputShape,
  type Layer,
  layerNorm,
  lstm,
  type Model,
  rnn,
  sequential,
  UnsupportedError,
} from '@recurra/core';
import type { StateCell, StateModule } from './state-modules.js';

/** The default of nn.LayerNorm. */
const torchEpsilon = 1e-5;

/** The limit for the pairs of modules that the search for an order compares. */
const maxTries = 100_000;

export interface Inferred {
  readonly model: Model;
  /** In the order of the model's layers. */
  readonly modules: readonly StateModule[];
  /** Assumptions, in sentences. */
  readonly notes: readonly string[];
}

/**
 * The only model in which the output size of each module matches the input size of the next.
 * @param returnSequences true if the last recurrent layer returns every step, false for the last step; absent: the more
 *   likely of the two
 * @throws UnsupportedError if the shapes do not determine the model
 */
export function inferModel(modules: readonly StateModule[], returnSequences: boolean | undefined): Inferred {
  const matrices = modules.filter((module) => module.kind === 'matrix' && module.bias);
  const why =
    modules.length === 0 || !modules.some(({ kind }) => kind === 'recurrent')
      ? 'it has no recurrent layer'
      : modules.some(({ kind }) => kind === 'convolution')
        ? 'shapes do not determine the strides and padding of a convolution'
        : matrices.length > 1
          ? 'it has several linear layers, and shapes do not determine the activations between them'
          : undefined;
  if (why)
    throw new UnsupportedError(`a model cannot be inferred from this state_dict: ${why}; pass the model`);
  const order = chain(modules);
  const recurrent = order.flatMap((module) => (module.kind === 'recurrent' ? module.layers : []));
  const last = recurrent[recurrent.length - 1];
  const assumed = returnSequences === undefined ? likelySequence(order, last) : undefined;
  const everyStep = returnSequences ?? assumed?.everyStep ?? false;
  const layers = order.flatMap((module, i): Layer[] => {
    if (module.kind === 'recurrent')
      return module.layers.map((cell) => layerOf(cell, cell !== last || everyStep));
    if (module.kind === 'norm') return [layerNorm({ epsilon: torchEpsilon })];
    const [rows, columns] = module.shape;
    if (i === 0 && !module.bias) return [embedding({ inputDim: rows, outputDim: columns })];
    return [dense({ units: rows, bias: module.bias })];
  });
  const first = widths(order[0], true);
  const inputShape: InputShape = first.input === undefined ? [null] : [null, first.input];
  return { model: sequential(layers, { inputShape }), modules: order, notes: assumed ? [assumed.note] : [] };
}

/** True if a model is likely to return every step, which shapes alone do not determine. */
function likelySequence(
  order: readonly StateModule[],
  last: StateCell,
): { readonly everyStep: boolean; readonly note: string } {
  const [first] = order;
  const tokens = first.kind === 'matrix' ? first.shape[0] : undefined;
  const end = order[order.length - 1];
  const scoresTokens = end.kind === 'matrix' && end.shape[0] === tokens;
  const everyStep = scoresTokens || last.bidirectional;
  const why = scoresTokens
    ? 'its output size is the number of tokens of its embedding'
    : last.bidirectional
      ? 'the last step of a bidirectional layer is ambiguous'
      : 'its layers have one direction and it is not a language model';
  return {
    everyStep,
    note: `a state_dict does not determine if its model returns every step or only the last: ${
      everyStep ? 'every step' : 'the last step'
    } is assumed, because ${why}`,
  };
}

function layerOf(
  { cell, units, projection, bias, bidirectional: both }: StateCell,
  returnSequences: boolean,
): Layer {
  const options = { units, bias, returnSequences };
  if (projection !== undefined && cell !== 'lstm') throw new FormatError(`a ${cell} has no projection`);
  const layer =
    cell === 'lstm' ? lstm({ ...options, projection }) : cell === 'gru' ? gru(options) : rnn(options);
  return both ? bidirectional(layer) : layer;
}

/** The input and output sizes of a module. A matrix without bias that comes first is an embedding, whose inputs are token ids. */
function widths(module: StateModule, first: boolean): { readonly input?: number; readonly output: number } {
  if (module.kind === 'recurrent') {
    const { layers } = module;
    const { units, projection = units, bidirectional } = layers[layers.length - 1];
    return { input: layers[0].inputSize, output: bidirectional ? 2 * projection : projection };
  }
  if (module.kind === 'norm') return { input: module.shape[0], output: module.shape[0] };
  const [rows, columns] = module.shape;
  return first && !module.bias ? { output: columns } : { input: columns, output: rows };
}

/** The modules in an order in which their sizes match: the order of their names, else the only order that does. */
function chain(modules: readonly StateModule[]): readonly StateModule[] {
  const follows = (module: StateModule, before: StateModule, isFirst: boolean) =>
    widths(module, false).input === widths(before, isFirst).output;
  const inOrder = modules.every((module, i) => i === 0 || follows(module, modules[i - 1], i === 1));
  if (inOrder) return modules;
  const orders: StateModule[][] = [];
  let tries = 0;
  const extend = (order: StateModule[]) => {
    if (tries > maxTries) return;
    if (order.length === modules.length) orders.push(order);
    for (const module of modules) {
      tries++;
      const last = order[order.length - 1];
      if (!order.includes(module) && (!last || follows(module, last, order.length === 1)))
        extend([...order, module]);
    }
  };
  extend([]);
  // Swapping modules with tied weights gives the same model.
  const same = orders.every((order) => order.every((module, i) => areTied(module, orders[0][i])));
  if (orders.length > 0 && same && tries <= maxTries) return orders[0];
  throw new UnsupportedError(
    `the modules ${modules.map(({ prefix }) => prefix.slice(0, -1) || '(top)').join(', ')} match ${orders.length === 0 ? 'in no order' : 'in several orders'}; pass the model`,
  );
}

function areTied(a: StateModule, b: StateModule): boolean {
  if (a === b) return true;
  return a.kind === 'matrix' && b.kind === 'matrix' && a.weight === b.weight && a.bias === b.bias;
}
