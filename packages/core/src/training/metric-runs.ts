import type { Backend } from '../contract/backend.js';
import { FormatError, UnsupportedError } from '../errors.js';
import type { Signal } from '../layers/layer.js';
import type { AnyMetric, MetricRun, MetricValue } from '../metrics/metric.js';
import type { NamedTargets } from './forward-window.js';
import type { OutputLoss } from './losses.js';

/** Values by the name of a score: `accuracy`, in a graph `OUTPUT.accuracy`. */
export type Values = Readonly<Record<string, MetricValue>>;

/** The measurements of all metrics of all outputs. */
export class MetricRuns {
  readonly #runs: ReadonlyMap<string, { output: string; metric: AnyMetric; run: MetricRun<MetricValue> }>;

  /**
   * @param states continue from these {@link states}
   * @throws FormatError if a metric cannot continue from its state
   */
  constructor(losses: readonly OutputLoss[], states?: Values) {
    const runs = losses.flatMap(({ name: output, prefix, loss, metrics }) =>
      metrics.map((metric) => {
        const name = prefix + metric.name;
        if (!states) return [name, { output, metric, run: metric.start(loss) }] as const;
        try {
          const run = metric.start(loss, states[name]);
          run.value();
          return [name, { output, metric, run }] as const;
        } catch (cause) {
          throw new FormatError(`the checkpoint's state of the metric ${name} does not fit`, { cause });
        }
      }),
    );
    this.#runs = new Map(runs);
  }

  /** Adds the outputs of a batch that have targets. Each output is read once. */
  async update(
    { read }: Pick<Backend, 'read'>,
    outputs: Readonly<Record<string, Signal>>,
    targets: NamedTargets,
  ): Promise<void> {
    for (const name of new Set([...this.#runs.values()].map(({ output }) => output))) {
      if (!targets[name]) continue;
      const { value } = outputs[name];
      const output = { data: await read(value), shape: value.shape };
      for (const { output: measured, run } of this.#runs.values())
        if (measured === name) run.update(output, targets[name]);
    }
  }

  values(): Values {
    return this.#each(({ run }) => run.value());
  }

  /** The states of all measurements. @throws UnsupportedError for a metric without a state */
  states(): Values {
    return this.#each(({ metric, run }) => {
      if (run.state) return run.state();
      throw new UnsupportedError(
        `checkpoint: the metric ${metric.name} has no function state, so an epoch with trainingMetrics cannot be interrupted`,
      );
    });
  }

  #each(of: (one: { metric: AnyMetric; run: MetricRun<MetricValue> }) => MetricValue): Values {
    return Object.fromEntries([...this.#runs].map(([name, one]) => [name, of(one)]));
  }
}
