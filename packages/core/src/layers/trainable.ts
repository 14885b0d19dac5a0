/* The options for training that layers with parameters share: freezing and regularisation. */
import type { Parameter, Regularizer } from '../cells/cell.js';
import {
  boolean,
  checkOptions,
  checkValue,
  custom,
  isRecord,
  nonNegativeNumber,
  optional,
} from '../options.js';
import type { AnyLayer, BuiltLayer, LayerInputs } from './layer.js';

/** The option of every built-in layer with parameters. */
export interface TrainableOptions {
  /**
   * False to freeze the parameters: they are saved and used, but training computes no gradients for them and does not
   * change them. Default true.
   */
  readonly trainable?: boolean;
}

export const trainable = optional(boolean);

/** The check for the option of a regularizer, whose values are checked when a model is made. */
export const regularizer = optional(custom<Regularizer>('{ l1, l2 }', isRecord));

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
  return trainable === undefined || checkValue(`${what()}: trainable`, trainable, boolean);
}

/** Checks what a layer and its parameters say about training. @throws OptionError for an invalid value */
export function checkTraining(what: () => string, layer: AnyLayer, built: BuiltLayer<LayerInputs>): void {
  isTrainable(what, layer);
  for (const [name, parameter] of Object.entries(built.parameters)) {
    const which = () => `${what()}: ${name}`;
    isTrainable(which, parameter);
    if (parameter.regularizer === undefined) continue;
    const factor = optional(nonNegativeNumber, 0);
    checkOptions(`${which()}: regularizer`, parameter.regularizer, { l1: factor, l2: factor });
  }
}

/** Parameters of a part of a layer, frozen if that part is not trainable. */
export function parametersOfPart(
  parameters: Readonly<Record<string, Parameter>>,
  isTrained: boolean,
): Readonly<Record<string, Parameter>> {
  if (isTrained) return parameters;
  const frozen: Record<string, Parameter> = {};
  for (const name in parameters) frozen[name] = { ...parameters[name], trainable: false };
  return frozen;
}
