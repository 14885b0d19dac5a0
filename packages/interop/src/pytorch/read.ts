import {
  type AnyLayer,
  type BuiltInLayer,
  FormatError,
  type Model,
  type NDArray,
  RecurraError,
  UnsupportedError,
} from '@recurra/core';
import { sameShape } from '@recurra/core/backend';
import { decodeSafetensors, modelFromJson, readSafetensorsHeader } from '@recurra/core/files';
import type { ImportedModel } from '../model.js';
import { modulesOf } from './directions.js';
import { type Inferred, inferModel } from './infer.js';
import { fromTorch, type TorchTensor, torchTensors } from './parameters.js';
import { refuseBatchNormalisation, type StateModule, stateModules } from './state-modules.js';
import { withTiedTensors } from './tied.js';

export interface ReadStateDictOptions {
  /** The model of the weights. Default: the one that `writePytorch` described in the file, else inferred. */
  readonly model?: Model;
  /**
   * For an inferred model: true if the last recurrent layer returns every step, false for the last step. Default: true if
   * the output size is the number of tokens of the embedding, as in a language model, or if that layer is bidirectional.
   */
  readonly returnSequences?: boolean;
}

/**
 * Reads a PyTorch state_dict from a .safetensors file. Files from `writePytorch`, also after training there, are read bit for
 * bit. Modules of other programs are matched with the model's layers by kind, in the order of their names. Without a
 * model, it is inferred from the shapes, with tanh in nn.RNN and no activation after nn.Linear.
 *
 * @throws FormatError for a file that is damaged, or weights that do not match the model; UnsupportedError if the file does
 *   not determine the model
 */
export function readStateDict(
  bytes: Uint8Array | ArrayBufferLike,
  options: ReadStateDictOptions = {},
): ImportedModel {
  refuseBatchNormalisation(readSafetensorsHeader(bytes).names);
  const { tensors, metadata } = decodeSafetensors(bytes);
  const state = withTiedTensors(tensors, metadata);
  const described = options.model ?? describedModel(metadata.recurra);
  if (described && hasOurNames(state)) return { model: described, weights: ofModel(described, state) };
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
    throw new FormatError(`the description of the model in the file: ${(cause as Error).message}`, { cause });
  }
}

type State = Readonly<Record<string, NDArray>>;

/** Reports core's errors about impossible sizes as errors of the file. */
function wrapped<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RecurraError) || error instanceof UnsupportedError) throw error;
    throw new FormatError(`the shapes match no model: ${error.message}`, { cause: error });
  }
}

function hasOurNames(state: State): boolean {
  return Object.keys(state).every((name) => /^layer\d+(_forward|_backward)?\./.test(name));
}

/** The weights of a model from a state_dict with the names of model.py, or with the names of other modules. */
function ofModel(model: Model, state: State, modules?: readonly StateModule[]): Record<string, NDArray> {
  const expected = torchTensors(model);
  const tensors = modules ? renamed(model, expected, modules, state) : expected;
  const names = new Set(tensors.map(({ name }) => name));
  const unknown = Object.keys(state).find((name) => !names.has(name));
  if (unknown !== undefined)
    throw new FormatError(`the model has no parameter for ${unknown} [${state[unknown].shape}]`);
  return fromTorch(tensors, state);
}

/**
 * The tensors with the names of other modules. Each layer gets the next layer of the current stacked module, else the first
 * unused module, by name, with the same kind and shapes.
 */
function renamed(
  model: Model,
  tensors: readonly TorchTensor[],
  modules: readonly StateModule[],
  state: State,
): TorchTensor[] {
  const unused = [...modules];
  let stack: { readonly module: StateModule; readonly at: number } | undefined;
  const indices = [...new Set(tensors.map(layerOf))];
  const names: TorchTensor[] = [];
  for (const index of indices) {
    const own = tensors.filter((tensor) => layerOf(tensor) === index);
    const { layer } = model.nodes[index];
    const inModule = (module: StateModule, at: number) => own.map((tensor) => under(module, at, tensor));
    const fits = (module: StateModule, at: number) =>
      canHold(module, index, layer) &&
      inModule(module, at).every(
        ({ name, shape }) => Object.hasOwn(state, name) && sameShape(state[name].shape, shape),
      );

    const current = stack;
    stack = undefined;
    const module = current?.module ?? unused.find((module) => fits(module, 0));
    const at = current?.at ?? 0;
    if (!module || !fits(module, at)) {
      const shapes = own.map(({ shape }) => `[${shape}]`).join(', ');
      const rest = unused.map(({ prefix }) => prefix.slice(0, -1) || '(top)').join(', ');
      throw new FormatError(
        `layer ${index}, ${layer.kind}: ${current ? `layer ${at} of ${module?.prefix}` : `none of the unused modules (${rest || 'none'})`} has tensors of the shapes ${shapes}`,
      );
    }
    if (!current) unused.splice(unused.indexOf(module), 1);
    if (module.kind === 'recurrent' && at + 1 < module.layers.length) stack = { module, at: at + 1 };
    names.push(...inModule(module, at));
  }
  return names;
}

/** True if a module of this kind can have the weights of layer `index`. */
function canHold({ kind }: StateModule, index: number, given: AnyLayer): boolean {
  const layer = given as unknown as BuiltInLayer;
  switch (layer.kind) {
    case 'rnn':
    case 'lstm':
    case 'gru':
    case 'bidirectional':
      return kind === 'recurrent' && modulesOf(index, layer).every(({ nn }) => nn);
    case 'dense':
    case 'embedding':
      return kind === 'matrix';
    case 'layerNorm':
      return kind === 'norm';
    case 'conv1d':
      return kind === 'convolution';
    default:
      return false;
  }
}

function layerOf({ parameter }: TorchTensor): number {
  return Number(parameter.split('.')[0]);
}

/** A tensor of model.py with its name in another module; `at` is the layer of a stacked module. */
function under({ kind, prefix }: StateModule, at: number, tensor: TorchTensor): TorchTensor {
  const cut = tensor.name.indexOf('.');
  const own = tensor.name.slice(cut + 1);
  // Two directions are one module in torch.nn, even if they are two in model.py.
  const reverse = tensor.name.slice(0, cut).endsWith('_backward') ? '_reverse' : '';
  return { ...tensor, name: prefix + (kind === 'recurrent' ? own.replace('_l0', `_l${at}`) + reverse : own) };
}
