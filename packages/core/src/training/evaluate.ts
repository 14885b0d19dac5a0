import { checkAborted } from '../abort.js';
import { type Batch, batches } from '../data/batches.js';
import type { AnySample, Samples } from '../data/samples.js';
import { yieldToEventLoop } from '../event-loop.js';
import type { MetricsOf, Scores } from '../metrics/scores.js';
import type { ModelTypes } from '../model/types.js';
import { CarriedState } from '../network/carried-state.js';
import type { NetworkBase } from '../network/network-base.js';
import { boolean, checkOptions, optional, positiveInteger } from '../options.js';
import { forwardWindow, type NamedTargets, targetsOf } from './forward-window.js';
import {
  addUnaligned,
  type LossOptions,
  lossChecks,
  type OutputLoss,
  resolveLosses,
  weightOf,
} from './losses.js';
import { MetricRuns } from './metric-runs.js';
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

/** The loss of an output, batch by batch. */
interface LossRun {
  readonly output: OutputLoss;
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
  const runs: LossRun[] = losses.map((output) => ({ output, sum: 0, total: 0 }));
  const metrics = new MetricRuns(losses);
  let unaligned: number | undefined;
  const carried = new CarriedState(network.backend);
  try {
    for await (const batch of batches(samples, network.model, order)) {
      const targets = await scoreBatch(network, batch, carried, runs, metrics);
      unaligned = addUnaligned(unaligned, targets);
      await yieldToEventLoop();
      checkAborted(options.signal);
    }
  } finally {
    carried.clear();
  }
  let loss = 0;
  const ownLosses: Record<string, number> = {};
  for (const { output, sum, total } of runs) {
    const mean = total > 0 ? sum / total : 0;
    loss += output.weight * mean;
    if (output.prefix) ownLosses[`${output.prefix}loss`] = mean;
  }
  const leftOut = unaligned === undefined ? {} : { unaligned };
  return { loss, ...ownLosses, ...leftOut, ...metrics.values() } as Scores;
}

/** @returns the targets of the batch */
async function scoreBatch(
  network: NetworkBase,
  batch: Batch,
  carried: CarriedState,
  runs: readonly LossRun[],
  metrics: MetricRuns,
): Promise<NamedTargets | undefined> {
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
    if (!targets) return undefined;
    carried.carry(tape, statefulOnly(model, state));
    for (const run of runs) {
      const { name, loss } = run.output;
      const weight = weightOf(targets[name]);
      const [value] = await backend.read(loss.compute(tape, outputs[name], targets[name]));
      run.sum += value * weight;
      run.total += weight;
    }
    await metrics.update(backend, outputs, targets);
    return targets;
  } finally {
    tape.dispose();
  }
}
