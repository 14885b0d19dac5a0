/* A model from nothing but the shapes of a state_dict. */
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

/** nn.LayerNorm's own. */
const torchEpsilon = 1e-5;

/** So many pairs of modules are looked at, to find an order. */
const maxTries = 100_000;

export interface Inferred {
  readonly model: Model;
  /** In the order of the model. */
  readonly modules: readonly StateModule[];
  /** What was assumed, in sentences. */
  readonly notes: readonly string[];
}

/**
 * The one model that the modules can be, each taking what another gives.
 * @param returnSequences whether the last recurrent layer gives each step on, or only the last; absent: what is likely
 * @throws UnsupportedError where shapes alone do not tell which model it is
 */
export function inferModel(modules: readonly StateModule[], returnSequences: boolean | undefined): Inferred {
  const matrices = modules.filter((module) => module.kind === 'matrix' && module.bias);
  const why =
    modules.length === 0 || !modules.some(({ kind }) => kind === 'recurrent')
      ? 'it has no recurrent layer'
      : modules.some(({ kind }) => kind === 'convolution')
        ? 'a convolution has strides and padding that no shape tells'
        : matrices.length > 1
          ? 'it has several linear layers, and no shape tells which function stands between them'
          : undefined;
  if (why)
    throw new UnsupportedError(`a model cannot be inferred from this state_dict: ${why}; give the model`);
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

/** Whether a model is likely to give every step, which no shape tells for sure. */
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
    ? 'its output has a number for each token of its embedding'
    : last.bidirectional
      ? 'of the last step of a bidirectional layer there are two readings'
      : 'its layers go one way and it is no language model';
  return {
    everyStep,
    note: `a state_dict does not say whether its model gives every step or the last one: ${
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

/** What a module takes and gives; a matrix without bias that comes first is an embedding, which takes token ids. */
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

/** The modules in an order in which each takes what the one before gives: that of their names, or the only one. */
function chain(modules: readonly StateModule[]): readonly StateModule[] {
  const follows = (module: StateModule, before: StateModule, isFirst: boolean) =>
    widths(module, false).input === widths(before, isFirst).output;
  const inOrder = modules.every((module, i) => i === 0 || follows(module, modules[i - 1], i === 1));
  if (inOrder) return modules;
  const found: StateModule[][] = [];
  let tries = 0;
  const extend = (order: StateModule[]) => {
    if (tries > maxTries) return;
    if (order.length === modules.length) found.push(order);
    for (const module of modules) {
      tries++;
      const last = order[order.length - 1];
      if (!order.includes(module) && (!last || follows(module, last, order.length === 1)))
        extend([...order, module]);
    }
  };
  extend([]);
  // Modules with tied weights can change places: that is the same model.
  const same = found.every((order) => order.every((module, i) => areTied(module, found[0][i])));
  if (found.length > 0 && same && tries <= maxTries) return found[0];
  throw new UnsupportedError(
    `the modules ${modules.map(({ prefix }) => prefix.slice(0, -1) || '(top)').join(', ')} fit together ${found.length === 0 ? 'in no order' : 'in several orders'}; give the model`,
  );
}

function areTied(a: StateModule, b: StateModule): boolean {
  if (a === b) return true;
  return a.kind === 'matrix' && b.kind === 'matrix' && a.weight === b.weight && a.bias === b.bias;
}
