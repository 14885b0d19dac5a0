import type { OptimizerConfig } from '../contract/optimizer-config.js';
import type { AnySample, Samples } from '../data/samples.js';
import { type SplitOptions, splitChecks } from '../data/split.js';
import { OptionError } from '../errors.js';
import type { MetricsOf } from '../metrics/scores.js';
import type { ModelTypes, SampleOf } from '../model/types.js';
import type { NetworkBase } from '../network/network-base.js';
import { type Clip, checkClip } from '../optimizers/clipping.js';
import { optimizerConfig } from '../optimizers/optimizer.js';
import {
  abortSignal,
  boolean,
  checkOptions,
  custom,
  isRecord,
  number,
  oneOf,
  optional,
  positiveInteger,
} from '../options.js';
import type { EarlyStoppingOptions } from './early-stopping.js';
import { describeLosses, type LossOptions, lossChecks, resolveLosses } from './losses.js';
import type { MonitorOptions } from './monitor.js';
import { resolveMonitors } from './monitored-options.js';
import type { PlateauOptions } from './plateau.js';
import { type CheckpointingOptions, checkCheckpointing, checkpointingCheck } from './segment-options.js';

/** The options of `network.fit`. */
export interface FitOptions<
  Types extends ModelTypes = 'chain',
  Metrics extends MetricsOf<Types> = MetricsOf<Types>,
> extends LossOptions<Types, Metrics> {
  /** The optimizer, such as `adam({ learningRate: 1e-3 })`, or its name. */
  readonly optimizer: OptimizerConfig | OptimizerConfig['kind'];
  /** The number of passes over the samples. Default 1. */
  readonly epochs?: number;
  /** The number of samples in a batch. Default 32. */
  readonly batchSize?: number;
  /** Shuffle the samples in each epoch, seeded by `seed`. Default true; must be false for a stateful model. */
  readonly shuffle?: boolean;
  /** The seed for the order of the samples. Default: the network's seed. */
  readonly seed?: number;
  /** Group sequences of similar length into batches, to reduce padding. Default false. */
  readonly bucketByLength?: boolean;
  /** Gradient clipping. Default: none. */
  readonly clip?: Clip;
  /**
   * Truncated backpropagation through time (Williams & Peng 1990): sequences are cut into windows of `window` steps.
   * The state is carried from window to window, but the gradient is not. Default: full BPTT.
   */
  readonly bptt?: { readonly window: number };
  /**
   * Activation checkpointing, for sequences whose activations do not fit in memory: a sequence is cut into segments of time,
   * the states between the segments are kept, and the backward pass computes the other activations again, one segment at a
   * time (Chen et al. 2016; Gruslys et al. 2016). `true` cuts T steps into ⌈√T / 2⌉ segments; a number is the number of
   * segments. `recompute: false` runs the same segments and keeps everything, with the same results bit for bit. Layers that
   * need a whole sequence run whole. Default: off. See docs/long-sequences.md.
   */
  readonly checkpointing?: boolean | number | CheckpointingOptions;
  /**
   * The validation data: a fraction of the samples (the samples must be an array), taken from the end or chosen by the
   * options of {@link SplitOptions}, or separate samples. The default seed of a split is that of the training. Default: none.
   */
  readonly validation?:
    | ({ readonly split: number } & Omit<SplitOptions<SampleOf<Types>>, 'validation'>)
    | { readonly samples: Samples<SampleOf<Types>> };
  readonly earlyStopping?: EarlyStoppingOptions;
  /**
   * Restore the weights of the best epoch at the end: the one with the best score that `earlyStopping` monitors or, with
   * options, the best score that they choose. Default false.
   */
  readonly restoreBest?: boolean | MonitorOptions;
  /** Reduce the learning rate when a score no longer improves. Default: not. */
  readonly reduceOnPlateau?: PlateauOptions;
  /**
   * Compute the metrics on the training data too, from the outputs of the training batches: with dropout, while the weights
   * change, and with truncated BPTT on each window. They are in `summary.training`. Default false.
   */
  readonly trainingMetrics?: boolean;
  /**
   * Calls `save` with a checkpoint for `resume` every `every` epochs (default 1) and when training is aborted. The
   * training waits for the promise that `save` returns, and fails if it rejects. If training is aborted while `save`
   * runs, it stops waiting and does not call `save` again, because the checkpoint would be the same.
   */
  readonly checkpoint?: { readonly every?: number; save(bytes: Uint8Array): void | Promise<void> };
  /** Resume from a checkpoint. All other options except `epochs` must be the same as in the training that wrote it. */
  readonly resume?: Uint8Array | ArrayBuffer;
  /**
   * Stops the training after the current step, or immediately if it is waiting for samples or for `save`. `done` then
   * resolves with `stopped: 'aborted'`.
   */
  readonly signal?: AbortSignal;
  /**
   * With 'perStep', also report the norm of the gradient at each time step. Recurrent layers then run composed, not
   * fused.
   */
  readonly gradientNorms?: 'perStep';
}

const whole = optional(positiveInteger, 1);
const record = (what: string) => optional(custom<Record<string, unknown>>(what, isRecord));

/** Checks the options and fills in the defaults. @throws OptionError for unknown, invalid or incompatible options */
export function checkFitOptions(network: NetworkBase, options: FitOptions<ModelTypes>) {
  const values = checkOptions('fit', options, {
    ...lossChecks,
    optimizer: custom<OptimizerConfig>(
      'an optimizer: adam({ … }), or a name',
      (x) => typeof x === 'string' || isRecord(x),
    ),
    epochs: whole,
    batchSize: optional(positiveInteger, 32),
    shuffle: optional(boolean, true),
    seed: optional(number, network.seed),
    bucketByLength: optional(boolean, false),
    clip: record('{ value }, { norm } or { globalNorm }'),
    bptt: record('{ window }'),
    checkpointing: checkpointingCheck,
    validation: record('{ split, shuffle, stratify, group } or { samples }'),
    earlyStopping: record('{ patience, minDelta, monitor, mode }'),
    restoreBest: optional(
      custom<boolean | MonitorOptions>(
        'true, false or { monitor, mode }',
        (x) => boolean.accepts(x) || isRecord(x),
      ),
      false,
    ),
    reduceOnPlateau: record('{ factor, patience, minDelta, minRate, monitor, mode }'),
    trainingMetrics: optional(boolean, false),
    checkpoint: record('{ every, save }'),
    resume: optional(
      custom<Uint8Array | ArrayBuffer>(
        'a Uint8Array or an ArrayBuffer',
        (x) => x instanceof Uint8Array || x instanceof ArrayBuffer,
      ),
    ),
    signal: optional(abortSignal),
    gradientNorms: optional(oneOf('perStep')),
  });
  const { loss, lossWeights, metrics, ...others } = values;
  const losses = resolveLosses('fit', network.model, { loss, lossWeights, metrics });
  const checked = {
    ...others,
    losses,
    ...resolveMonitors(losses, values),
    lossConfig: describeLosses(network.model, loss),
    lossWeights,
    optimizer: optimizerConfig(values.optimizer),
    clip: values.clip && checkClip(values.clip),
    checkpointing: checkCheckpointing(network, losses, values),
    window: values.bptt && checkOptions('bptt', values.bptt, { window: positiveInteger }).window,
    validation: values.validation && checkValidation(values.validation, values.seed),
    checkpoint:
      values.checkpoint &&
      checkOptions('checkpoint', values.checkpoint, {
        every: whole,
        save: custom<(bytes: Uint8Array) => void | Promise<void>>(
          'a function',
          (x) => typeof x === 'function',
        ),
      }),
  };
  checkTogether(network, checked);
  return checked;
}

export type CheckedFitOptions = ReturnType<typeof checkFitOptions>;

function checkValidation(options: object, seed: number) {
  const checked = checkOptions('validation', options, {
    split: optional(number),
    ...splitChecks,
    seed: optional(number, seed),
    samples: optional(
      custom<Samples<AnySample>>(
        'samples',
        (x) => (typeof x === 'object' && x !== null) || typeof x === 'function',
      ),
    ),
  });
  if ((checked.split === undefined) === (checked.samples === undefined)) {
    throw new OptionError('validation: either split or samples must be set');
  }
  if (checked.samples && Object.keys(options).length > 1)
    throw new OptionError('validation: separate samples are not split; remove the other options');
  return checked;
}

function checkTogether(network: NetworkBase, options: CheckedFitOptions): void {
  const { model } = network;
  if (network.parameters.size === 0)
    throw new OptionError(
      'fit: there is nothing to train, because every parameter is frozen or there are none',
    );
  const measures = options.losses.some(({ metrics }) => metrics.length > 0);
  if (measures && !options.validation && !options.trainingMetrics) {
    throw new OptionError(
      'fit: metrics need validation data; set validation, or trainingMetrics to compute them on the training data',
    );
  }
  for (const { loss, metrics } of options.checkpoint && options.trainingMetrics ? options.losses : []) {
    const stateless = metrics.find((metric) => !metric.start(loss).state);
    if (stateless)
      throw new OptionError(
        `fit: trainingMetrics with checkpoints needs the function state in the runs of the metric ${stateless.name}`,
      );
  }
  for (const { loss } of options.window === undefined ? [] : options.losses) {
    if (loss.wholeSequence)
      throw new OptionError(
        `fit: bptt cannot cut sequences into windows here: the loss ${loss.kind}: ${loss.wholeSequence}`,
      );
  }
  for (const node of model.nodes) {
    const layer = node.built;
    const name = model.nameOf(node);
    if (layer.stateful && (options.shuffle || options.bucketByLength)) {
      throw new OptionError(
        `fit: ${name} is stateful, so the order of the samples matters: shuffle and bucketByLength must be false`,
      );
    }
    if (options.window !== undefined && layer.wholeSequence) {
      throw new OptionError(
        `fit: bptt cannot cut sequences into windows here: ${name}: ${layer.wholeSequence}`,
      );
    }
    if (options.window === undefined) continue;
    const whole =
      Object.values(layer.wholeInputs ?? {})[0] ??
      (node.initialState && 'it starts from the state of another node');
    if (whole) throw new OptionError(`fit: bptt cannot cut sequences into windows here: ${name}: ${whole}`);
  }
  if (options.window !== undefined && !Object.values(model.inputs).every(({ shape }) => 'time' in shape)) {
    throw new OptionError('fit: bptt needs sequences, but this model takes vectors or images');
  }
}
