/* The losses and metrics of each output. */
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

/** The loss and the metrics of one output. */
export interface OutputLoss {
  /** The output's name. */
  readonly name: string;
  /** The prefix of the names of its scores: empty for a chain, `name.` for a graph. */
  readonly prefix: string;
  readonly loss: Loss;
  /** The factor of this loss in the total loss. */
  readonly weight: number;
  readonly metrics: readonly AnyMetric[];
}

/** The options of `fit` and `evaluate` for losses and metrics. */
export interface LossOptions<
  Types extends ModelTypes = 'chain',
  Metrics extends MetricsOf<Types> = MetricsOf<Types>,
> {
  /**
   * The loss to minimise: a name, a name with options, or a custom `Loss`. For a graph, it is an object with a loss for at
   * least one output, by name: `{ scores: 'crossEntropy' }`. Outputs without a loss are not trained.
   */
  readonly loss: PerOutput<Types, LossConfig | Loss>;
  /** For graphs: the factor of each output's loss in the total loss, 0 or more. Default 1 for each output. */
  readonly lossWeights?: Types extends GraphTypes ? PerOutput<Types, number> : never;
  /**
   * The metrics to compute: names, or metrics such as `topK({ k: 3 })`. For a graph, it is an object of lists by output, and
   * the scores are named `OUTPUT.METRIC`. `fit` computes them on the validation data after each epoch. Default: none.
   */
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
 * Resolves the options to the losses and metrics of each output with a loss.
 * @throws OptionError for an output that does not exist, no loss at all, a negative weight, and a loss or metric that is
 *   invalid or unsuitable for the output
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

/** The description of the losses in a checkpoint, as JSON. */
export function describeLosses(model: Architecture, losses: Losses): object {
  if (model.isChain) return describeLoss(losses as AnyLoss);
  const named = Object.entries(losses as Readonly<Record<string, AnyLoss>>);
  return Object.fromEntries(named.map(([name, loss]) => [name, describeLoss(loss)]));
}

/** The total loss, Σ weight · loss over the outputs with targets, [1]. */
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

/** The sum of the weights of an output's targets: the denominator of its mean loss. */
export function weightOf({ weights }: EncodedTargets): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i];
  return sum;
}

/** Adds the samples that the losses leave out to a count; undefined if no loss leaves out samples. */
export function addUnaligned(
  count: number | undefined,
  targets: Readonly<Record<string, EncodedTargets>> | undefined,
): number | undefined {
  return Object.values(targets ?? {}).reduce<number | undefined>(
    (sum, { unaligned }) => (unaligned === undefined ? sum : (sum ?? 0) + unaligned),
    count,
  );
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
