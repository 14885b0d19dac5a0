import type { LearningRate, Schedule } from '../contract/optimizer-config.js';
import { OptionError } from '../errors.js';
import {
  type Check,
  checkOptions,
  checkValue,
  custom,
  isRecord,
  nonNegativeNumber,
  optional,
  positiveInteger,
  positiveNumber,
  show,
} from '../options.js';

const kinds = ['constant', 'step', 'exponential', 'cosine', 'warmUp'];

/** The check for the option `learningRate`: a rate, a function, or a schedule, whose options are also checked. */
export const learningRate: Check<LearningRate> = custom(
  `a number, 0 or more, a function of the step, or a schedule with a kind (${kinds.join(', ')})`,
  (value) => {
    if (typeof value === 'function') return true;
    if (!isRecord(value)) return nonNegativeNumber.accepts(value);
    const known = kinds.includes(value.kind as string);
    if (known) learningRateAt(value as unknown as Schedule, 1);
    return known;
  },
);

/**
 * Computes the learning rate of a step. Steps are counted from 1.
 * @throws OptionError for a schedule with an unknown, missing or invalid option, and for a function that returns an invalid rate
 */
export function learningRateAt(rate: LearningRate, step: number): number {
  if (typeof rate === 'number') return rate;
  if (typeof rate === 'function')
    return checkValue(`the learning rate of step ${step}`, rate(step), nonNegativeNumber);
  if (!isRecord(rate) || !kinds.includes(rate.kind)) {
    throw new OptionError(`a learning rate must be ${learningRate.expected}, not ${show(rate)}`);
  }
  const t = step - 1;
  const { kind, ...options } = rate;
  const owner = `schedule ${kind}`;
  switch (kind) {
    case 'constant':
      return checkOptions(owner, options, { rate: nonNegativeNumber }).rate;
    case 'step': {
      const { rate, every, factor } = checkOptions(owner, options, {
        rate: nonNegativeNumber,
        every: positiveInteger,
        factor: optional(positiveNumber, 0.1),
      });
      return rate * factor ** Math.floor(t / every);
    }
    case 'exponential': {
      const { rate, factor } = checkOptions(owner, options, {
        rate: nonNegativeNumber,
        factor: positiveNumber,
      });
      return rate * factor ** t;
    }
    case 'cosine': {
      const { rate, steps, floor } = checkOptions(owner, options, {
        rate: nonNegativeNumber,
        steps: positiveInteger,
        floor: optional(nonNegativeNumber, 0),
      });
      return floor + ((rate - floor) * (1 + Math.cos((Math.PI * Math.min(t, steps)) / steps))) / 2;
    }
    case 'warmUp': {
      const { steps, startFactor, after } = checkOptions(owner, options, {
        steps: positiveInteger,
        startFactor: optional(nonNegativeNumber, 1 / 3),
        after: learningRate,
      });
      if (t >= steps) return learningRateAt(after, step - steps);
      return learningRateAt(after, 1) * (startFactor + ((1 - startFactor) * t) / steps);
    }
  }
}

/** Describes a learning rate as JSON, for a checkpoint. A function becomes the string 'function'. */
export function describeRate(rate: LearningRate): unknown {
  if (typeof rate === 'function') return 'function';
  if (typeof rate === 'object' && rate.kind === 'warmUp') return { ...rate, after: describeRate(rate.after) };
  return rate;
}
