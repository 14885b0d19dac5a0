import { checkAborted } from '../abort.js';
import { type Batch, batches } from '../data/batches.js';
import type { Samples } from '../data/samples.js';
import { OptionError } from '../errors.js';
import { yieldToEventLoop } from '../event-loop.js';
import type { Loss, LossConfig } from '../losses/loss.js';
import { lossOption, resolveLoss } from '../losses/resolve-loss.js';
import type { Metric, MetricRun } from '../metrics/metric.js';
import { type MetricName, metricsOption, resolveMetrics } from '../metrics/resolve-metrics.js';
import { CarriedState } from '../network/carried-state.js';
import type { NetworkBase } from '../network/network-base.js';
import { boolean, checkOptions, optional, positiveInteger } from '../options.js';
import { forwardWindow, targetsOf } from './forward-window.js';
import { checkStatefulBatches } from './stateful.js';
import { windowsOf } from './windows.js';

export interface EvaluateOptions {
  readonly loss: LossConfig | Loss;
  /** Default none. */
  readonly metrics?: readonly (MetricName | Metric)[];
  /** Default 32. */
  readonly batchSize?: number;
  /** Put sequences of like length into one batch. Default false. */
  readonly bucketByLength?: boolean;
}

/** The mean loss, and each metric by its name. */
export type Scores = { readonly loss: number } & { readonly [Name in MetricName]?: number } & Readonly<
    Record<string, number>
  >;

/** See `Network.evaluate`. */
export async function evaluate(
  network: NetworkBase,
  samples: Samples,
  options: EvaluateOptions,
): Promise<Scores> {
  const checked = checkOptions('evaluate', options, {
    loss: lossOption,
    metrics: optional(metricsOption, []),
    batchSize: optional(positiveInteger, 32),
    bucketByLength: optional(boolean, false),
  });
  if (network.model.outputCount > 1) {
    throw new OptionError("evaluate: this model has two outputs (merge 'none'), and a loss takes one");
  }
  checkStatefulBatches('evaluate', network.model, samples, checked.batchSize);
  const loss = resolveLoss(checked.loss);
  return score(network, samples, { ...checked, loss, metrics: resolveMetrics(checked.metrics, loss) });
}

export interface ScoreOptions {
  readonly loss: Loss;
  readonly metrics: readonly Metric[];
  readonly batchSize: number;
  readonly bucketByLength: boolean;
  /** Ends the evaluation with an `Aborted`. */
  readonly signal?: AbortSignal;
}

/** {@link evaluate} with its options checked. A stateful model starts from zero, and keeps nothing. */
export async function score(network: NetworkBase, samples: Samples, options: ScoreOptions): Promise<Scores> {
  const { model } = network;
  const runs = options.metrics.map((metric) => metric.start(options.loss));
  const carried = new CarriedState(network.backend);
  let sum = 0;
  let total = 0;
  try {
    const { vocabulary } = model.layers[0];
    for await (const batch of batches(samples, model.input, { ...options, vocabulary })) {
      const { loss, weight } = await scoreBatch(network, batch, options.loss, carried, runs);
      sum += loss * weight;
      total += weight;
      await yieldToEventLoop();
      checkAborted(options.signal);
    }
  } finally {
    carried.clear();
  }
  const found = options.metrics.map(({ name }, i) => [name, runs[i].value()] as const);
  return { loss: total > 0 ? sum / total : 0, ...Object.fromEntries(found) };
}

async function scoreBatch(
  network: NetworkBase,
  batch: Batch,
  loss: Loss,
  carried: CarriedState,
  metrics: readonly MetricRun[],
): Promise<{ loss: number; weight: number }> {
  const [window] = windowsOf(batch, loss, network.model, undefined);
  const tape = network.tape();
  try {
    const { output, state } = forwardWindow(network, tape, window, carried, { training: false });
    const targets = await targetsOf(network, window, output);
    if (!targets) return { loss: 0, weight: 0 };
    carried.carry(
      tape,
      state.map((tensors, layer) => (network.model.built[layer].stateful ? tensors : [])),
    );
    const [value] = await network.backend.read(loss.compute(tape, output, targets));
    if (metrics.length > 0) {
      const data = await network.backend.read(output.value);
      for (const metric of metrics) metric.update({ data, shape: output.value.shape }, targets);
    }
    return { loss: value, weight: targets.weights.reduce((sum, w) => sum + w, 0) };
  } finally {
    tape.dispose();
  }
}
