/* The losses of a training: one for each output that has one. */
import type { Tensor } from '../contract/tensor.js';
import { OptionError } from '../errors.js';
import type { Signal } from '../layers/layer.js';
import type { Loss, LossConfig } from '../losses/loss.js';
import { describeLoss, resolveLoss } from '../losses/resolve-loss.js';
import type { EncodedTargets } from '../losses/targets.js';
import type { AnyMetric } from '../metrics/metric.js';
import { type MetricList, resolveMetrics } from '../metrics/resolve-metrics.js';
import type { MetricsOf, OnlyOutputs } from '../metrics/scores.js';
import type { Architecture } from '../model/architecture.js';
import type { GraphTypes, ModelTypes, PerOutput } from '../model/types.js';
import { custom, didYouMean, isRecord, nonNegativeNumber, optional, show } from '../options.js';
import type { Tape } from '../tape/tape.js';

type AnyLoss = LossConfig | Loss;
type Losses = PerOutput<ModelTypes, AnyLoss>;

/** What is measured of an output. */
export interface OutputLoss {
  /** The output's name. */
  readonly name: string;
  /** What the names of its scores begin with: empty in a chain, else `name.`. */
  readonly prefix: string;
  readonly loss: Loss;
  /** How much the loss counts beside those of the other outputs. */
  readonly weight: number;
  readonly metrics: readonly AnyMetric[];
}

/** The options that say what is measured. */
export interface LossOptions<
  Types extends ModelTypes = 'chain',
  Metrics extends MetricsOf<Types> = MetricsOf<Types>,
> {
  /**
   * The loss to minimise: a name, a name with options, or a custom `Loss`. For a graph an object with the loss of each
   * output that has one.
   */
  readonly loss: PerOutput<Types, LossConfig | Loss>;
  /** How much the loss of each output counts. Default 1. For graphs. */
  readonly lossWeights?: Types extends GraphTypes ? PerOutput<Types, number> : never;
  /** What to measure besides; in `fit` on the validation data, after each epoch. Default: nothing. */
  readonly metrics?: Metrics & OnlyOutputs<Types, Metrics>;
}

export const lossChecks = {
  loss: custom<Losses>(
    'a loss: a name, an object with its kind, or a Loss; of a graph an object of them by output',
    (x) => typeof x === 'string' || isRecord(x),
  ),
  lossWeights: optional(custom<Readonly<Record<string, number>>>('an object of numbers by output', isRecord)),
  metrics: optional(
    custom<MetricsOf<ModelTypes>>(
      'an array of names and metrics; of a graph an object of them by output',
      (x) => Array.isArray(x) || isRecord(x),
    ),
  ),
};

/**
 * The losses and metrics of each output that has a loss.
 * @throws OptionError for an output that does not exist, and for a loss or metric that it cannot have
 */
export function resolveLosses(
  owner: string,
  model: Architecture,
  { loss, lossWeights = {}, metrics = [] }: LossOptions<ModelTypes>,
): OutputLoss[] {
  const outputs = Object.keys(model.outputs);
  if (model.isChain) {
    if (outputs.length > 1)
      throw new OptionError(`${owner}: this model has two outputs (merge 'none'), but a loss takes one`);
    const resolved = resolveLoss(loss as AnyLoss);
    if (!Array.isArray(metrics))
      throw new OptionError(`${owner}: metrics must be an array of names and metrics, not ${show(metrics)}`);
    const list = resolveMetrics(metrics as MetricList, resolved);
    return [{ name: outputs[0], prefix: '', loss: resolved, weight: 1, metrics: list }];
  }
  const losses = byOutput<AnyLoss>(`${owner}: loss`, loss, outputs);
  const weights = byOutput<number>(`${owner}: lossWeights`, lossWeights, Object.keys(losses));
  const named = byOutput<MetricList>(
    `${owner}: metrics`,
    Array.isArray(metrics) && metrics.length === 0 ? {} : metrics,
    Object.keys(losses),
  );
  if (Object.keys(losses).length === 0)
    throw new OptionError(
      `${owner}: loss must have a loss for at least one of the outputs ${outputs.join(', ')}`,
    );
  return Object.entries(losses).map(([name, given]) => {
    const list = named[name] ?? [];
    if (!Array.isArray(list))
      throw new OptionError(`${owner}: metrics.${name} must be an array, not ${show(list)}`);
    const { [name]: weight = 1 } = weights;
    if (!nonNegativeNumber.accepts(weight))
      throw new OptionError(`${owner}: lossWeights.${name} must be a number, 0 or more, not ${show(weight)}`);
    const resolved = resolveLoss(given);
    return {
      name,
      prefix: `${name}.`,
      loss: resolved,
      weight,
      metrics: resolveMetrics(list, resolved),
    };
  });
}

/** What a checkpoint keeps of the losses, as JSON. */
export function describeLosses(model: Architecture, losses: Losses): object {
  if (model.isChain) return describeLoss(losses as AnyLoss);
  const named = Object.entries(losses as Readonly<Record<string, AnyLoss>>);
  return Object.fromEntries(named.map(([name, loss]) => [name, describeLoss(loss)]));
}

/** Σ weight · loss of the outputs that have targets, as [1]. */
export function totalLoss(
  tape: Tape,
  losses: readonly OutputLoss[],
  outputs: Readonly<Record<string, Signal>>,
  targets: Readonly<Record<string, EncodedTargets>>,
): Tensor {
  let total: Tensor | undefined;
  for (const { name, loss, weight } of losses) {
    if (!targets[name]) continue;
    const value = loss.compute(tape, outputs[name], targets[name]);
    const part = weight === 1 ? value : tape.affine(value, weight);
    total = total ? tape.add(total, part) : part;
  }
  return total as Tensor;
}

/** How much the targets of an output count: what its loss is a mean over. */
export function weightOf({ weights }: EncodedTargets): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i];
  return sum;
}

function byOutput<Value>(
  what: string,
  given: unknown,
  outputs: readonly string[],
): Readonly<Record<string, Value>> {
  if (!isRecord(given))
    throw new OptionError(
      `${what} must be an object by output, { ${outputs.join(', ')} }, not ${show(given)}`,
    );
  for (const name of Object.keys(given)) {
    if (!outputs.includes(name))
      throw new OptionError(`${what}: there is no output ${show(name)}${didYouMean(name, outputs)}`);
  }
  return given as Readonly<Record<string, Value>>;
}
