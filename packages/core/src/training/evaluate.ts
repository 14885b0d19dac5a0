import { checkAborted } from '../abort.js';
import { CarriedState } from '../carried-state.js';
import { type Batch, batches } from '../data/batches.js';
import type { Samples } from '../data/samples.js';
import { OptionError } from '../errors.js';
import { type Loss, type LossConfig, loss } from '../losses/loss.js';
import { checkMetrics, type Metric, type MetricName, metric } from '../metrics.js';
import type { Network } from '../network.js';
import { boolean, checkOptions, custom, isRecord, optional, positiveInteger } from '../options.js';
import { checkStatefulBatches } from './stateful.js';
import { forwardWindow, lossOf, targetsOf } from './step.js';
import { turn } from './turn.js';
import { windowsOf } from './windows.js';

export interface EvaluateOptions {
  readonly loss: LossConfig;
  /** Default none. */
  readonly metrics?: readonly MetricName[];
  /** Default 32. */
  readonly batchSize?: number;
  /** Put sequences of like length into one batch. Default false. */
  readonly bucketByLength?: boolean;
}

/** The mean loss, and each metric by its name. */
export type Scores = { readonly loss: number } & { readonly [Name in MetricName]?: number };

/** See `Network.evaluate`. */
export async function evaluate(
  network: Network,
  samples: Samples,
  options: EvaluateOptions,
): Promise<Scores> {
  const checked = checkOptions('evaluate', options, {
    loss: custom<LossConfig>(
      'a loss: a name, or an object with its kind',
      (x) => typeof x === 'string' || isRecord(x),
    ),
    metrics: optional(custom<readonly MetricName[]>('an array of names', Array.isArray), []),
    batchSize: optional(positiveInteger, 32),
    bucketByLength: optional(boolean, false),
  });
  if ((network.model.built.at(-1)?.outputCount ?? 1) > 1) {
    throw new OptionError("evaluate: this model has two outputs (merge 'none'), and a loss takes one");
  }
  checkStatefulBatches('evaluate', network.model, samples, checked.batchSize);
  const judge = loss(checked.loss);
  return score(network, samples, { ...checked, loss: judge, metrics: checkMetrics(checked.metrics, judge) });
}

export interface ScoreOptions {
  readonly loss: Loss;
  readonly metrics: readonly MetricName[];
  readonly batchSize: number;
  readonly bucketByLength: boolean;
  /** Ends the evaluation with an `Aborted`. */
  readonly signal?: AbortSignal;
}

/** {@link evaluate} with its options checked. A stateful model starts from zero, and keeps nothing. */
export async function score(network: Network, samples: Samples, options: ScoreOptions): Promise<Scores> {
  const { model } = network;
  const metrics = options.metrics.map((name) => metric(name, options.loss));
  const carried = new CarriedState(network.backend);
  let sum = 0;
  let total = 0;
  try {
    const { vocabulary } = model.layers[0];
    for await (const batch of batches(samples, model.input, { ...options, vocabulary })) {
      const { loss, weight } = await scoreBatch(network, batch, options.loss, carried, metrics);
      sum += loss * weight;
      total += weight;
      await turn();
      checkAborted(options.signal);
    }
  } finally {
    carried.clear();
  }
  const found = metrics.map(({ name, value }) => [name, value()] as const);
  return { loss: total > 0 ? sum / total : 0, ...Object.fromEntries(found) };
}

async function scoreBatch(
  network: Network,
  batch: Batch,
  loss: Loss,
  carried: CarriedState,
  metrics: readonly Metric[],
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
    const [value] = await network.backend.read(lossOf(tape, loss, output, targets));
    if (metrics.length > 0) {
      const rows = await network.backend.read(output.value);
      const features = output.value.shape[output.value.shape.length - 1];
      for (const { update } of metrics) update(rows, features, targets);
    }
    return { loss: value, weight: targets.weights.reduce((sum, w) => sum + w, 0) };
  } finally {
    tape.dispose();
  }
}
