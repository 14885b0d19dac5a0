/* Resumes a training from a checkpoint. Everything in the file is checked before anything is changed. */

import type { Backend } from '../contract/backend.js';
import { sameShape, type Tensor } from '../contract/tensor.js';
import type { NDArray } from '../data/ndarray.js';
import { FormatError, OptionError, ShapeError } from '../errors.js';
import { parseJson } from '../files/json.js';
import { checkFileWeights } from '../files/model-file.js';
import { decodeSafetensors } from '../files/safetensors.js';
import { checkNumbers, checkWeights, type HostTensor, uploadAll } from '../host-arrays.js';
import type { ResolvedBidirectionalOptions } from '../layers/bidirectional.js';
import type { LayerDescription } from '../layers/layer.js';
import { trainingOptions } from '../layers/trainable.js';
import type { Architecture, ArchitectureDescription } from '../model/architecture.js';
import { describeArchitecture } from '../model/describe.js';
import { renamed } from '../model/read-layer.js';
import type { CarriedState } from '../network/carried-state.js';
import type { NetworkBase } from '../network/network-base.js';
import { replaceWeights } from '../network/weights.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { isRecord } from '../options.js';
import { release } from '../release.js';
import { checkProgress } from './check-progress.js';
import { type Progress, settings, type TrainingState } from './checkpoint.js';
import { firstDifference } from './difference.js';
import { checkForms, restoreForms, type SavedForms } from './forms.js';
import type { CheckedFitOptions } from './options.js';

/** A {@link TrainingState} read from a file: checked, but not yet on the backend. */
export interface SavedTraining {
  readonly progress: Progress;
  readonly weights: ReadonlyMap<string, HostTensor>;
  /** The optimizer's state tensors for each parameter. */
  readonly optimizer: ReadonlyMap<string, readonly HostTensor[]>;
  /** By the node's name. */
  readonly carried: ReadonlyMap<string, readonly HostTensor[]>;
  readonly best?: Readonly<Record<string, NDArray>>;
  readonly forms?: SavedForms;
}

/**
 * Decodes and checks a checkpoint for this network.
 * @throws FormatError for bytes that are not a checkpoint of this model, or are inconsistent; OptionError if the
 *   options differ from those of the training that wrote it
 */
export function decodeCheckpoint(
  file: Uint8Array | ArrayBufferLike,
  network: NetworkBase,
  options: CheckedFitOptions,
): SavedTraining {
  const { backend, model, parameters } = network;
  const { tensors, metadata } = decodeSafetensors(file);
  const { training } = metadata;
  const written = training === undefined ? undefined : parseJson("the metadata's training", training);
  if (!isRecord(written) || !isRecord(written.settings) || !isRecord(written.progress)) {
    throw new FormatError('the file is a model, not a checkpoint: its metadata has no training to resume');
  }
  checkModel(model, parseJson("the metadata's model", metadata.model));
  checkSettings(settings(network, options), written.settings);
  const progress = checkProgress(written.progress, options);
  const forms = checkForms(written.forms);
  const weights = checkFileWeights(model, tensors, backend.precision);
  const all = new Map([...parameters, ...network.buffers]);
  const best = bestOf(tensors, progress, [...all.keys()], options.restoreBest);
  try {
    if (best) checkWeights('best', best, all, backend.precision);
    const optimizer = new Map(
      [...parameters.keys()].map((name) => [name, numbered(tensors, `optimizer.${name}`, backend)]),
    );
    const carried = new Map(
      model.nodes.map(({ name, built: { stateSizes = [] } }) => {
        const state = numbered(tensors, `state.${name}`, backend);
        checkState(name, state, stateSizes);
        return [name, state];
      }),
    );
    return { progress, weights, optimizer, carried, best, forms };
  } catch (cause) {
    throw new FormatError(`the checkpoint does not fit its model: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Restores a network, its optimizer, its carried state and the forms of kernels from a checkpoint: all of them, or none on an
 * error.
 * @throws FormatError if the optimizer's state does not fit the parameters; OptionError for a form that the backend does not have
 */
export function restoreTraining(
  { progress, weights, optimizer: saved, carried: states, forms }: SavedTraining,
  network: NetworkBase,
  optimizer: Optimizer,
  carried: CarriedState,
): void {
  const { backend, parameters } = network;
  const state = uploadGroups(backend, saved);
  try {
    optimizer.restore(progress.step, state, parameters);
  } catch (cause) {
    release(backend, [...state.values()].flat());
    const { message } = cause as Error;
    throw new FormatError(`the checkpoint's optimizer state does not fit: ${message}`, { cause });
  }
  try {
    const uploaded = uploadGroups(backend, states);
    carried.restore(Object.fromEntries(uploaded));
    restoreForms(forms, backend);
    replaceWeights(network, weights);
  } catch (error) {
    optimizer.dispose();
    carried.clear();
    throw error;
  }
}

/**
 * @param what the name of the counted items: batches of an epoch, or windows of a batch
 * @throws FormatError if the checkpoint has completed more items than the samples give
 */
export function checkCompleted(what: string, completed: number, available: number | undefined): void {
  if (available === undefined || completed <= available) return;
  throw new FormatError(
    `resume: the checkpoint has completed ${completed} ${what}, but these samples give only ${available}; ` +
      'resume with the original samples',
  );
}

/**
 * @throws FormatError if the checkpoint is of a different model. Older files omit options with default values; these
 *   options are not compared
 */
function checkModel(model: Architecture, saved: unknown): void {
  const now = plain(describeArchitecture(model)) as ArchitectureDescription;
  const before = isRecord(saved) ? saved : {};
  const list = 'layers' in now ? 'layers' : 'nodes';
  const layers: unknown[] = Array.isArray(before[list]) ? before[list] : [];
  const present: readonly LayerDescription[] = 'layers' in now ? now.layers : now.nodes;
  const filled = layers.map((layer, i) => withDefaults(layer, present[i]));
  const difference = firstDifference('model', now, { ...before, [list]: filled });
  if (!difference) return;
  throw new FormatError(
    `the checkpoint is of a different model: ${difference.path} is ${difference.now} here, but ${difference.before} in the file`,
  );
}

/** Fills in the options that a layer's description in a file omits, from the layer that it is compared with. */
function withDefaults(saved: unknown, now: LayerDescription | undefined): unknown {
  if (!isRecord(saved) || !isRecord(saved.options)) return saved;
  const description = renamed({ ...saved, kind: saved.kind, options: saved.options });
  if (!now || description.kind !== now.kind) return description;
  const options: Record<string, unknown> = { ...now.options, ...description.options };
  // These have no default that files leave out.
  for (const name of trainingOptions) options[name] = description.options[name];
  if (now.kind === 'bidirectional') {
    const inner = now.options as ResolvedBidirectionalOptions;
    options.forward = withDefaults(options.forward, inner.forward);
    options.backward = withDefaults(options.backward, inner.backward);
  }
  return { ...description, options };
}

function checkSettings(now: Record<string, unknown>, before: Record<string, unknown>): void {
  // Older files store a loss without options as its name.
  if (typeof before.loss === 'string') before = { ...before, loss: { kind: before.loss } };
  for (const name of new Set([...Object.keys(now), ...Object.keys(before)])) {
    const changed = firstDifference(name, plain(now[name]), before[name]);
    if (changed) {
      throw new OptionError(
        `resume: ${changed.path} is ${changed.now}, but was ${changed.before} when the checkpoint was written. ` +
          'To change options, load the file as a network and call fit without resume',
      );
    }
  }
}

/** Converts a value to the form it has after a round trip through a JSON file. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function bestOf(
  tensors: Readonly<Record<string, NDArray>>,
  progress: Progress,
  names: readonly string[],
  restoreBest: boolean,
): Record<string, NDArray> | undefined {
  if (!restoreBest || !progress.best) return undefined;
  const stored = names.filter((name) => Object.hasOwn(tensors, `best.${name}`));
  return Object.fromEntries(stored.map((name) => [name, tensors[`best.${name}`]]));
}

/** Collects the tensors `PREFIX.0`, `PREFIX.1` and so on, until a number is missing. */
function numbered(
  tensors: Readonly<Record<string, NDArray>>,
  prefix: string,
  { precision }: Backend,
): HostTensor[] {
  const result: HostTensor[] = [];
  for (let name = `${prefix}.0`; Object.hasOwn(tensors, name); name = `${prefix}.${result.length}`) {
    const { data, shape } = tensors[name];
    result.push({ data: checkNumbers(name, data, shape, precision), shape });
  }
  return result;
}

/** Checks a layer's carried state: it must be absent, or each of its tensors must be `[B, size]`. */
function checkState(layer: string, state: readonly HostTensor[], sizes: readonly number[]): void {
  if (state.length === 0) return;
  const [batch] = state[0].shape;
  const fits =
    sizes.length === state.length && sizes.every((size, i) => sameShape(state[i].shape, [batch, size]));
  if (fits) return;
  const expected = sizes.map((size) => `[batch,${size}]`).join(', ') || 'no tensors';
  throw new ShapeError(
    `the state of layer ${layer} must be ${expected}, not ${state.map(({ shape }) => `[${shape}]`).join(', ')}`,
  );
}

/** Uploads the arrays of each key: all of them, or none on an error. */
export function uploadGroups<Key>(
  backend: Backend,
  groups: ReadonlyMap<Key, readonly HostTensor[]>,
): Map<Key, readonly Tensor[]> {
  const all = [...groups.values()].flat();
  const uploaded = [...uploadAll(backend, all.entries()).values()];
  return new Map([...groups].map(([key, { length }]) => [key, uploaded.splice(0, length)]));
}
