/* The options for training that layers with parameters share: freezing and regularisation. */
import type { Parameter, Regularizer } from '../cells/cell.js';
import { OptionError } from '../errors.js';
import { boolean, custom, isRecord, nonNegativeNumber, optional, show } from '../options.js';

/** The option of every built-in layer with parameters. */
export interface TrainableOptions {
  /**
   * False to freeze the parameters: they are saved and used, but training computes no gradients for them and does not
   * change them. Default true.
   */
  readonly trainable?: boolean;
}

export const trainable = optional(boolean);

const factor = (value: unknown) => value === undefined || nonNegativeNumber.accepts(value);

/** The check for the option of a regularizer. */
export const regularizer = optional(
  custom<Regularizer>('{ l1, l2 } with numbers, 0 or more', (value) => {
    if (!isRecord(value)) return false;
    const { l1, l2, ...others } = value;
    return factor(l1) && factor(l2) && Object.keys(others).length === 0;
  }),
);

/** The options that change training only. If they are not set, model files do not have them. */
export const trainingOptions = [
  'trainable',
  'kernelRegularizer',
  'recurrentRegularizer',
  'biasRegularizer',
  'embeddingsRegularizer',
] as const;

type TrainingOption = (typeof trainingOptions)[number];

/** The options of a layer with the defaults filled in, except for those that change training only. */
export type Resolved<Options> = Required<Omit<Options, TrainingOption>> &
  Pick<Options, Extract<keyof Options, TrainingOption>>;

/**
 * Whether a layer, cell or parameter is trained.
 * @param what names it in messages
 * @throws OptionError if its `trainable` is not true or false
 */
export function isTrainable(what: () => string, { trainable }: { readonly trainable?: unknown }): boolean {
  if (trainable === undefined || boolean.accepts(trainable)) return trainable ?? true;
  throw new OptionError(`${what()}: trainable must be ${boolean.expected}, not ${show(trainable)}`);
}

/** Parameters of a part of a layer, frozen if that part is not trainable. */
export function parametersOfPart(
  parameters: Readonly<Record<string, Parameter>>,
  isTrained: boolean,
): Readonly<Record<string, Parameter>> {
  if (isTrained) return parameters;
  const frozen = Object.entries(parameters).map(
    ([name, one]) => [name, { ...one, trainable: false }] as const,
  );
  return Object.fromEntries(frozen);
}
