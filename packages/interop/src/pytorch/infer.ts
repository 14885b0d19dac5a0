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

/** How many ways to put the modules together are tried. */
const maxTries = 10_000;

export interface Inferred {
  readonly model: Model;
  /** In the order of the model. */
  readonly modules: readonly StateModule[];
}

/**
 * The one model that the modules can be, each taking what another gives.
 * @param returnSequences whether the last recurrent layer gives each step on, or only the last
 * @throws UnsupportedError where shapes alone do not tell which model it is
 */
export function inferModel(modules: readonly StateModule[], returnSequences: boolean): Inferred {
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
  const layers = order.flatMap((module, i): Layer[] => {
    if (module.kind === 'recurrent')
      return module.layers.map((cell) => layerOf(cell, cell !== last || returnSequences));
    if (module.kind === 'norm') return [layerNorm({ epsilon: torchEpsilon })];
    const [rows, columns] = module.shape;
    if (i === 0 && !module.bias) return [embedding({ inputDim: rows, outputDim: columns })];
    return [dense({ units: rows, bias: module.bias })];
  });
  const first = widths(order[0], true);
  const inputShape: InputShape = first.input === undefined ? [null] : [null, first.input];
  return { model: sequential(layers, { inputShape }), modules: order };
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
  const fits = (order: readonly StateModule[]) =>
    order.every(
      (module, i) => i === 0 || widths(module, false).input === widths(order[i - 1], i === 1).output,
    );
  if (fits(modules)) return modules;
  const found: StateModule[][] = [];
  let tries = 0;
  const extend = (order: StateModule[]) => {
    if (++tries > maxTries || found.length > 1) return;
    if (order.length === modules.length) found.push(order);
    for (const module of modules) {
      if (!order.includes(module) && fits([...order.slice(-2), module].slice(order.length > 1 ? 1 : 0)))
        extend([...order, module]);
    }
  };
  extend([]);
  if (found.length === 1 && tries <= maxTries) return found[0];
  throw new UnsupportedError(
    `the modules ${modules.map(({ prefix }) => prefix.slice(0, -1) || '(top)').join(', ')} fit together ${found.length === 0 ? 'in no order' : 'in several orders'}; give the model`,
  );
}
