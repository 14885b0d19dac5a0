import { OptionError } from '../errors.js';
import type { MonitorMode } from '../metrics/metric.js';
import { checkOptions } from '../options.js';
import { checkEarlyStopping } from './early-stopping.js';
import type { OutputLoss } from './losses.js';
import { type MonitorOptions, monitorChecks, resolveMonitor } from './monitor.js';
import { checkPlateau } from './plateau.js';

/** The options that monitor a score, checked. `monitor` is the score of early stopping and of the best epoch. */
export function resolveMonitors(
  losses: readonly OutputLoss[],
  values: {
    readonly earlyStopping?: object;
    readonly restoreBest: boolean | MonitorOptions;
    readonly reduceOnPlateau?: object;
    readonly validation?: object;
  },
) {
  const resolve = (owner: string, options: { readonly monitor: string; readonly mode?: MonitorMode }) =>
    resolveMonitor(owner, options, losses, { validation: values.validation !== undefined });
  const earlyStopping = values.earlyStopping && checkEarlyStopping(values.earlyStopping);
  const stopping = earlyStopping && resolve('earlyStopping', earlyStopping);
  const restored =
    typeof values.restoreBest === 'object'
      ? resolve('restoreBest', checkOptions('restoreBest', values.restoreBest, monitorChecks))
      : undefined;
  if (stopping && restored && (stopping.name !== restored.name || stopping.mode !== restored.mode))
    throw new OptionError(
      `fit: earlyStopping monitors ${stopping.name} and restoreBest ${restored.name}; they must monitor the same score`,
    );
  const plateau = values.reduceOnPlateau && checkPlateau(values.reduceOnPlateau);
  return {
    monitor: stopping ?? restored ?? { name: 'loss', mode: 'min' as const },
    earlyStopping,
    restoreBest: values.restoreBest !== false,
    reduceOnPlateau: plateau && {
      monitor: resolve('reduceOnPlateau', plateau),
      factor: plateau.factor,
      patience: plateau.patience,
      minDelta: plateau.minDelta,
      minRate: plateau.minRate,
    },
  };
}
