import { checkAborted } from '../abort.js';
import { type Batch, batches } from '../data/batches.js';
import type { AnySample, Samples } from '../data/samples.js';
import { yieldToEventLoop } from '../event-loop.js';
import type { MetricRun, MetricValue } from '../metrics/metric.js';
import type { MetricsOf, Scores } from '../metrics/scores.js';
import type { ModelTypes } from '../model/types.js';
import { CarriedState } from '../network/carried-state.js';
import type { NetworkBase } from '../network/network-base.js';
import { boolean, checkOptions, optional, positiveInteger } from '../options.js';
import { forwardWindow, targetsOf } from './forward-window.js';
import { type LossOptions, lossChecks, type OutputLoss, resolveLosses, weightOf } from './losses.js';
import { checkStatefulBatches, statefulOnly } from './stateful.js';
import { windowsOf } from './windows.js';

export interface EvaluateOptions<
  Types extends ModelTypes = 'chain',
  Metrics extends MetricsOf<Types> = MetricsOf<Types>,
> extends LossOptions<Types, Metrics> {
  /** The number of samples in a batch. Default 32. */
  readonly batchSize?: number;
  /** Group sequences of similar length into batches. Default false. */
  readonly bucketByLength?: boolean;
}

/** See `Network.evaluate`. */
export async function evaluate(
  network: NetworkBase,
  samples: Samples<AnySample>,
  options: EvaluateOptions<ModelTypes>,
): Promise<Scores> {
  const { batchSize, bucketByLength, ...measured } = checkOptions('evaluate', options, {
    ...lossChecks,
    batchSize: optional(positiveInteger, 32),
    bucketByLength: optional(boolean, false),
  });
  const losses = resolveLosses('evaluate', network.model, measured);
  checkStatefulBatches('evaluate', network.model, samples, batchSize);
  return score(network, samples, { losses, batchSize, bucketByLength });
}

export interface ScoreOptions {
  readonly losses: readonly OutputLoss[];
  readonly batchSize: number;
  readonly bucketByLength: boolean;
  /** Ends the evaluation with an `Aborted`. */
  readonly signal?: AbortSignal;
}

/** The measurements of an output, batch by batch. */
interface OutputRun {
  readonly output: OutputLoss;
  readonly metrics: readonly MetricRun<MetricValue>[];
  /** Σ loss · weight and Σ weight. */
  sum: number;
  total: number;
}

/**
 * Evaluates with options that are already checked. A stateful model starts from zero, and its stored state does not
 * change.
 */
export async function score(
  network: NetworkBase,
  samples: Samples<AnySample>,
  options: ScoreOptions,
): Promise<Scores> {
  const { losses, ...order } = options;
  const runs: OutputRun[] = losses.map((output) => ({
    output,
    metrics: output.metrics.map((metric) => metric.start(output.loss)),
    sum: 0,
    total: 0,
  }));
  const carried = new CarriedState(network.backend);
  try {
    for await (const batch of batches(samples, network.model, order)) {
      await scoreBatch(network, batch, carried, runs);
      await yieldToEventLoop();
      checkAborted(options.signal);
    }
  } finally {
    carried.clear();
  }
  const scores: Record<string, MetricValue> = {};
  let total = 0;
  for (const { output, metrics, ...measured } of runs) {
    const { prefix, weight } = output;
    const mean = measured.total > 0 ? measured.sum / measured.total : 0;
    total += weight * mean;
    if (prefix) scores[`${prefix}loss`] = mean;
    for (const [i, { name }] of output.metrics.entries()) scores[prefix + name] = metrics[i].value();
  }
  return { loss: total, ...scores } as Scores;
}

async function scoreBatch(
  network: NetworkBase,
  batch: Batch,
  carried: CarriedState,
  runs: readonly OutputRun[],
): Promise<void> {
  const { model, backend } = network;
  const [window] = windowsOf(
    batch,
    runs.map(({ output }) => output),
    model,
    undefined,
  );
  const tape = network.tape();
  try {
    const { outputs, state } = forwardWindow(network, tape, window, carried, { training: false });
    const targets = await targetsOf(network, window, outputs);
    if (!targets) return;
    carried.carry(tape, statefulOnly(model, state));
    for (const run of runs) {
      const { name, loss } = run.output;
      const weight = weightOf(targets[name]);
      const [value] = await backend.read(loss.compute(tape, outputs[name], targets[name]));
      run.sum += value * weight;
      run.total += weight;
      if (run.metrics.length === 0) continue;
      const data = await backend.read(outputs[name].value);
      for (const metric of run.metrics)
        metric.update({ data, shape: outputs[name].value.shape }, targets[name]);
    }
  } finally {
    tape.dispose();
  }
}
