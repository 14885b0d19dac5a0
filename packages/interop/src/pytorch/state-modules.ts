/* The modules of a state_dict, recognised by names and shapes. */
import { FormatError, type NDArray, UnsupportedError } from '@recurra/core';

/** A module of torch.nn. */
export type StateModule =
  | { readonly kind: 'recurrent'; readonly prefix: string; readonly layers: readonly StateCell[] }
  | {
      readonly kind: 'matrix' | 'norm' | 'convolution';
      readonly prefix: string;
      /** Modules with tied weights have the same array. */
      readonly weight: NDArray;
      readonly shape: readonly number[];
      readonly bias: boolean;
    };

/** One layer of nn.RNN, nn.LSTM or nn.GRU. */
export interface StateCell {
  readonly cell: 'rnn' | 'lstm' | 'gru';
  readonly inputSize: number;
  readonly units: number;
  readonly projection?: number;
  readonly bias: boolean;
  readonly bidirectional: boolean;
}

type State = Readonly<Record<string, NDArray>>;

/** The limit for the layers of one stacked module. */
const maxLayers = 100;
const maxModules = 1000;

/** @throws UnsupportedError that names the modules with running statistics */
export function refuseBatchNormalisation(names: readonly string[]): void {
  const suffix = /\.?running_(mean|var)$/;
  const modules = new Set(
    names.filter((name) => suffix.test(name)).map((name) => name.replace(suffix, '') || '(top)'),
  );
  if (modules.size === 0) return;
  throw new UnsupportedError(
    `batch normalisation is not supported: ${[...modules].slice(0, 10).join(', ')} has running statistics`,
  );
}

/**
 * The modules of a state_dict in the order of their names; numbers are ordered by value, `layer2` before `layer10`.
 * @throws UnsupportedError that lists the tensors of unknown modules
 */
export function stateModules(state: State): StateModule[] {
  const groups = new Map<string, string[]>();
  for (const name of Object.keys(state)) {
    const cut = name.lastIndexOf('.') + 1;
    const names = groups.get(name.slice(0, cut)) ?? [];
    names.push(name.slice(cut));
    groups.set(name.slice(0, cut), names);
  }
  if (groups.size > maxModules) {
    throw new UnsupportedError(
      `a state_dict of ${groups.size} modules is not supported, only up to ${maxModules} are`,
    );
  }
  const order = new Intl.Collator('en', { numeric: true });
  const sorted = [...groups]
    .sort(([a], [b]) => order.compare(a, b))
    .map(([prefix, names]) => ({ prefix, names, module: readModule(prefix, names, state) }));
  const unknown = sorted
    .filter(({ module }) => !module)
    .flatMap(({ prefix, names }) => names.map((name) => prefix + name));
  if (unknown.length > 0) {
    throw new UnsupportedError(
      `these tensors belong to no supported module: ${unknown.slice(0, 10).join(', ')}; supported: nn.RNN, LSTM, GRU, Linear, Embedding, LayerNorm and Conv1d`,
    );
  }
  return sorted.map(({ module }) => module as StateModule);
}

function readModule(prefix: string, names: readonly string[], state: State): StateModule | undefined {
  if (names.includes('weight_ih_l0')) return readRecurrent(prefix, names, state);
  if (!names.every((name) => name === 'weight' || name === 'bias') || !names.includes('weight'))
    return undefined;
  const weight = state[`${prefix}weight`];
  const { shape } = weight;
  const kind = ([undefined, 'norm', 'matrix', 'convolution'] as const)[shape.length];
  return kind && { kind, prefix, weight, shape, bias: names.includes('bias') };
}

function readRecurrent(prefix: string, names: readonly string[], state: State): StateModule {
  const all = new Set(names);
  const layers: StateCell[] = [];
  while (layers.length < maxLayers && all.has(`weight_ih_l${layers.length}`)) {
    layers.push(readCell(prefix, `_l${layers.length}`, state, all));
  }
  const taken = layers.flatMap((cell, i) => cellNames(cell, `_l${i}`));
  const unknown = names.find((name) => !taken.includes(name));
  if (unknown)
    throw new FormatError(`${prefix}${unknown} does not match the other tensors of ${prefix || 'the model'}`);
  return { kind: 'recurrent', prefix, layers };
}

function readCell(prefix: string, suffix: string, state: State, names: ReadonlySet<string>): StateCell {
  const shape = (name: string) => {
    const key = `${prefix}${name}${suffix}`;
    if (!Object.hasOwn(state, key) || state[key].shape.length !== 2) {
      throw new FormatError(`${key} is missing, or is not a matrix`);
    }
    return state[key].shape;
  };
  const [width, inputSize] = shape('weight_ih');
  const [, stateSize] = shape('weight_hh');
  const projected = names.has(`weight_hr${suffix}`);
  const units = projected ? shape('weight_hr')[1] : stateSize;
  const cell = ({ 1: 'rnn', 3: 'gru', 4: 'lstm' } as const)[width / units];
  if (!cell || inputSize === 0) {
    throw new FormatError(
      `${prefix}weight_ih${suffix} [${width},${inputSize}] matches no cell with ${units} units`,
    );
  }
  return {
    cell,
    inputSize,
    units,
    ...(projected && { projection: stateSize }),
    bias: names.has(`bias_ih${suffix}`),
    bidirectional: names.has(`weight_ih${suffix}_reverse`),
  };
}

function cellNames({ bias, projection, bidirectional }: StateCell, suffix: string): string[] {
  const names = [
    'weight_ih',
    'weight_hh',
    ...(bias ? ['bias_ih', 'bias_hh'] : []),
    ...(projection === undefined ? [] : ['weight_hr']),
  ];
  const directions = bidirectional ? [suffix, `${suffix}_reverse`] : [suffix];
  return directions.flatMap((direction) => names.map((name) => name + direction));
}
