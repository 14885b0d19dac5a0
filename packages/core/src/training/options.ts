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
import { checkEarlyStopping, type EarlyStoppingOptions } from './early-stopping.js';
import { describeLosses, type LossOptions, lossChecks, resolveLosses } from './losses.js';

/** What to train with, for how long, and what to watch. */
export interface FitOptions<
  Types extends ModelTypes = 'chain',
  Metrics extends MetricsOf<Types> = MetricsOf<Types>,
> extends LossOptions<Types, Metrics> {
  /** `adam({ learningRate: 1e-3 })` and the like, or a name. */
  readonly optimizer: OptimizerConfig | OptimizerConfig['kind'];
  /** Passes over the samples. Default 1. */
  readonly epochs?: number;
  /** Samples in a batch. Default 32. */
  readonly batchSize?: number;
  /** A new order each epoch, by the seed. Default true; must be false for a stateful model. */
  readonly shuffle?: boolean;
  /** Of the order of the samples. Default: the network's. */
  readonly seed?: number;
  /** Put sequences of like length into one batch, so that little is padded. Default false. */
  readonly bucketByLength?: boolean;
  /** Gradient clipping. Default: none. */
  readonly clip?: Clip;
  /**
   * Truncated backpropagation through time (Williams & Peng 1990): sequences are cut into windows of so many steps, the
   * state goes over from window to window, the gradient does not. Default: full BPTT.
   */
  readonly bptt?: { readonly window: number };
  /**
   * A share of the samples (an array only), taken from their end or as {@link SplitOptions} say, drawn by the seed of this
   * training; or samples.
   */
  readonly validation?:
    | ({ readonly split: number } & Omit<SplitOptions<SampleOf<Types>>, 'validation'>)
    | { readonly samples: Samples<SampleOf<Types>> };
  readonly earlyStopping?: EarlyStoppingOptions;
  /** At the end, put back the weights of the epoch with the lowest loss. Default false. */
  readonly restoreBest?: boolean;
  /**
   * Is given all that `resume` needs, every so many epochs (default 1), and when training is aborted. The training waits for
   * the promise that `save` returns, and fails where it fails. A training that is aborted meanwhile does not wait any longer,
   * nor is another checkpoint written: that one is of the same moment.
   */
  readonly checkpoint?: { readonly every?: number; save(bytes: Uint8Array): void | Promise<void> };
  /** Go on from a checkpoint; the other options must be those of the training that wrote it, except `epochs`. */
  readonly resume?: Uint8Array | ArrayBuffer;
  /**
   * Ends the training after the step under way, and at once where it waits for samples or for `save`. `done` then resolves
   * with `stopped: 'aborted'`.
   */
  readonly signal?: AbortSignal;
  /** 'perStep': report the gradient's norm at each time step too. Recurrent layers are then composed, not fused. */
  readonly gradientNorms?: 'perStep';
}

const whole = optional(positiveInteger, 1);
const record = (what: string) => optional(custom<Record<string, unknown>>(what, isRecord));

/** The options with defaults filled in. @throws OptionError for what does not exist or does not go together */
export function checkFitOptions(network: NetworkBase, options: FitOptions<ModelTypes>) {
  const given = checkOptions('fit', options, {
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
    validation: record('{ split, shuffle, stratify, group } or { samples }'),
    earlyStopping: record('{ patience, minDelta }'),
    restoreBest: optional(boolean, false),
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
  const { loss, lossWeights, metrics, ...others } = given;
  const checked = {
    ...others,
    losses: resolveLosses('fit', network.model, { loss, lossWeights, metrics }),
    lossConfig: describeLosses(network.model, loss),
    lossWeights,
    optimizer: optimizerConfig(given.optimizer),
    clip: given.clip && checkClip(given.clip),
    window: given.bptt && checkOptions('bptt', given.bptt, { window: positiveInteger }).window,
    validation: given.validation && checkValidation(given.validation, given.seed),
    earlyStopping:
      given.earlyStopping && checkEarlyStopping(given.earlyStopping as unknown as EarlyStoppingOptions),
    checkpoint:
      given.checkpoint &&
      checkOptions('checkpoint', given.checkpoint, {
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

function checkValidation(given: object, seed: number) {
  const checked = checkOptions('validation', given, {
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
    throw new OptionError('validation: one of split and samples must be given');
  }
  if (checked.samples && Object.keys(given).length > 1)
    throw new OptionError('validation: samples that are given are not split; leave the other options out');
  return checked;
}

function checkTogether(network: NetworkBase, options: CheckedFitOptions): void {
  const { model } = network;
  if (options.losses.some(({ metrics }) => metrics.length > 0) && !options.validation) {
    throw new OptionError('fit: metrics are measured on validation data; give validation too');
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
    throw new OptionError('fit: bptt needs inputs that have time, and this model takes vectors or images');
  }
}
