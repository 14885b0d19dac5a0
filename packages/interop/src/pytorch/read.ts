import { FormatError, type Model, type NDArray, RecurraError, UnsupportedError } from '@recurra/core';
import { sameShape } from '@recurra/core/backend';
import { decodeSafetensors, modelFromJson, readSafetensorsHeader } from '@recurra/core/files';
import type { ImportedModel } from '../model.js';
import { modulesOf } from './directions.js';
import { type Inferred, inferModel } from './infer.js';
import { fromTorch, type TorchTensor, torchTensors } from './parameters.js';
import { refuseBatchNormalisation, type StateModule, stateModules } from './state-modules.js';
import { withTiedTensors } from './tied.js';

export interface ReadStateDictOptions {
  /** The model that the weights are of. Default: the one that `writePytorch` described in the file, else inferred. */
  readonly model?: Model;
  /**
   * Of an inferred model: whether the last recurrent layer gives every step, or only the last. Default: every step where the
   * model gives a score for each token of its embedding, as a language model does, and where that layer is bidirectional;
   * else the last.
   */
  readonly returnSequences?: boolean;
}

/**
 * A state_dict of PyTorch in a .safetensors file. `writePytorch` and what was trained from its files come back bit for
 * bit. Modules of another program are matched with the model's layers by kind, in the order of their names; without a
 * model, it is inferred from the shapes, with tanh in nn.RNN and nothing after nn.Linear.
 *
 * @throws FormatError for a file that is damaged, or weights that are not the model's; UnsupportedError where the file
 *   does not tell which model it is
 */
export function readStateDict(
  bytes: Uint8Array | ArrayBufferLike,
  options: ReadStateDictOptions = {},
): ImportedModel {
  refuseBatchNormalisation(readSafetensorsHeader(bytes).names);
  const { tensors, metadata } = decodeSafetensors(bytes);
  const state = withTiedTensors(tensors, metadata);
  const described = options.model ?? describedModel(metadata.recurra);
  if (described && namedAsOurs(state)) return { model: described, weights: ofModel(described, state) };
  const modules = stateModules(state);
  const inferred: Inferred = described
    ? { model: described, modules, notes: [] }
    : wrapped(() => inferModel(modules, options.returnSequences));
  const { model, notes } = inferred;
  return { model, weights: ofModel(model, state, inferred.modules), notes };
}

function describedModel(json: string | undefined): Model | undefined {
  if (json === undefined) return undefined;
  try {
    return modelFromJson(JSON.parse(json));
  } catch (cause) {
    throw new FormatError(`the file's description of its model: ${(cause as Error).message}`, { cause });
  }
}

type State = Readonly<Record<string, NDArray>>;

/** What core says of sizes that cannot be is the file's fault here. */
function wrapped<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RecurraError) || error instanceof UnsupportedError) throw error;
    throw new FormatError(`the shapes are of no model: ${error.message}`, { cause: error });
  }
}

function namedAsOurs(state: State): boolean {
  return Object.keys(state).every((name) => /^layer\d+(_forward|_backward)?\./.test(name));
}

/** The weights of a model from a state_dict with the names of model.py, or with the names of other modules. */
function ofModel(model: Model, state: State, modules?: readonly StateModule[]): Record<string, NDArray> {
  const wanted = torchTensors(model);
  const tensors = modules ? renamed(model, wanted, modules, state) : wanted;
  const names = new Set(tensors.map(({ name }) => name));
  const stray = Object.keys(state).find((name) => !names.has(name));
  if (stray !== undefined)
    throw new FormatError(`the model has no place for ${stray} [${state[stray].shape}]`);
  return fromTorch(tensors, state);
}

/**
 * The tensors under the names that the modules have. Each layer takes the next layer of a stack that was begun, else the
 * first module by name that is left and has its kind and its shapes.
 */
function renamed(
  model: Model,
  tensors: readonly TorchTensor[],
  modules: readonly StateModule[],
  state: State,
): TorchTensor[] {
  const left = [...modules];
  let stack: { readonly module: StateModule; at: number } | undefined;
  const indices = [...new Set(tensors.map(layerOf))];
  const names: TorchTensor[] = [];
  for (const index of indices) {
    const own = tensors.filter((tensor) => layerOf(tensor) === index);
    const layer = model.layers[index];
    const kind = layer.kind as keyof typeof kinds;
    const inModule = (module: StateModule, at: number) => own.map((tensor) => under(module, at, tensor));
    const fits = (module: StateModule, at: number) =>
      module.kind === kinds[kind] &&
      (module.kind !== 'recurrent' || modulesOf(index, layer).every(({ nn }) => nn)) &&
      inModule(module, at).every(
        ({ name, shape }) => Object.hasOwn(state, name) && sameShape(state[name].shape, shape),
      );

    const begun = stack;
    stack = undefined;
    const module = begun?.module ?? left.find((module) => fits(module, 0));
    const at = begun?.at ?? 0;
    if (!module || !fits(module, at)) {
      const shapes = own.map(({ shape }) => `[${shape}]`).join(', ');
      const rest = left.map(({ prefix }) => prefix.slice(0, -1) || '(top)').join(', ');
      throw new FormatError(
        `layer ${index}, ${layer.kind}: ${begun ? `layer ${at} of ${module?.prefix}` : `none of the modules left, ${rest || 'none'},`} has its tensors ${shapes}`,
      );
    }
    if (!begun) left.splice(left.indexOf(module), 1);
    if (module.kind === 'recurrent' && at + 1 < module.layers.length) stack = { module, at: at + 1 };
    names.push(...inModule(module, at));
  }
  return names;
}

const kinds = {
  rnn: 'recurrent',
  lstm: 'recurrent',
  gru: 'recurrent',
  bidirectional: 'recurrent',
  dense: 'matrix',
  embedding: 'matrix',
  layerNorm: 'norm',
  conv1d: 'convolution',
} as const;

function layerOf({ parameter }: TorchTensor): number {
  return Number(parameter.split('.')[0]);
}

/** A tensor of model.py by its name in another module, in layer `at` of a stack. */
function under({ kind, prefix }: StateModule, at: number, tensor: TorchTensor): TorchTensor {
  const cut = tensor.name.indexOf('.');
  const own = tensor.name.slice(cut + 1);
  // Directions that model.py runs apart are one module in nn.
  const reverse = tensor.name.slice(0, cut).endsWith('_backward') ? '_reverse' : '';
  return { ...tensor, name: prefix + (kind === 'recurrent' ? own.replace('_l0', `_l${at}`) + reverse : own) };
}
