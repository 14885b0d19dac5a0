import { OptionError } from '../errors.js';
import type { NetworkBase } from '../network/network-base.js';
import { boolean, checkOptions, custom, isRecord, optional, positiveInteger } from '../options.js';
import type { OutputLoss } from './losses.js';
import type { SegmentOptions } from './measure.js';
import { planSegments } from './segment-plan.js';

/** How `fit` runs sequences in segments. */
export interface CheckpointingOptions {
  /** The number of segments; a sequence of fewer steps has a segment for each. Default: ⌈√T / 2⌉ for T steps. */
  readonly segments?: number;
  /** False to keep the activations of all segments. Default true. */
  readonly recompute?: boolean;
}

/** The check for the option `checkpointing` of `fit`. */
export const checkpointingCheck = optional(
  custom<boolean | number | CheckpointingOptions>(
    'true, false, a number of segments or { segments, recompute }',
    (x) => boolean.accepts(x) || positiveInteger.accepts(x) || isRecord(x),
  ),
  false,
);

/** The options of `fit` that checkpointing depends on. */
interface CheckpointedFit {
  readonly checkpointing: boolean | number | CheckpointingOptions;
  readonly gradientNorms: 'perStep' | undefined;
  readonly trainingMetrics: boolean;
}

/** @throws OptionError for a model that cannot run in segments, and for options that exclude each other */
export function checkCheckpointing(
  { model }: NetworkBase,
  losses: readonly OutputLoss[],
  options: CheckpointedFit,
): SegmentOptions | undefined {
  const { checkpointing, gradientNorms, trainingMetrics } = options;
  if (checkpointing === false) return undefined;
  if (gradientNorms)
    throw new OptionError(
      'fit: gradientNorms needs the states of all steps, which checkpointing does not keep; choose one of them',
    );
  const given = typeof checkpointing === 'number' ? { segments: checkpointing } : checkpointing;
  const { segments, recompute } = checkOptions('checkpointing', given === true ? {} : given, {
    segments: optional(positiveInteger),
    recompute: optional(boolean, true),
  });
  const measured = losses.filter(({ metrics }) => trainingMetrics && metrics.length > 0);
  const whole = new Set(measured.map(({ name }) => name));
  return { plan: planSegments(model, losses, whole), whole, segments, recompute };
}
