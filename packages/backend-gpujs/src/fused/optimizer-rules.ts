/*
 * The optimizers' equations, as text for one element; docs/semantics.md explains them. `p` is the parameter
 * and `d` its gradient with the L2 penalty. The state and the scalars have their own names.
 */
import {
  type AdagradConfig,
  type AdamConfig,
  adagradScalars,
  adamScalars,
  type OptimizerConfig,
  type OptimizerSpec,
  type RmspropConfig,
  rmspropScalars,
  type SgdConfig,
  sgdScalars,
} from '@recurra/core/backend';

export interface Rule {
  /** Identifies everything that the text depends on. */
  readonly key: string;
  /** The names of the state's arrays, in the order of docs/semantics.md. */
  readonly state: readonly string[];
  readonly equations: string;
  /** The new parameter, followed by the new state. */
  readonly next: readonly string[];
}

/** The numbers that are the same for every element, by their names in a rule. */
export function scalarsOf({ config, ...at }: OptimizerSpec): Readonly<Record<string, number>> {
  switch (config.kind) {
    case 'sgd':
      return { ...sgdScalars(config, at) };
    case 'adam':
    case 'adamw':
      return { ...adamScalars(config, at) };
    case 'rmsprop':
      return { ...rmspropScalars(config, at) };
    case 'adagrad':
      return { ...adagradScalars(config, at) };
  }
}

export function ruleOf(config: OptimizerConfig): Rule {
  switch (config.kind) {
    case 'sgd':
      return sgd(config);
    case 'adam':
    case 'adamw':
      return adam(config);
    case 'rmsprop':
      return rmsprop(config);
    case 'adagrad':
      return adagrad(config);
  }
}

function sgd({ momentum, nesterov }: SgdConfig): Rule {
  if (momentum === 0) return { key: 'sgd', state: [], equations: '', next: ['p - rate * d'] };
  return {
    key: `sgd, momentum${nesterov ? ', nesterov' : ''}`,
    state: ['v'],
    equations: 'var nextV = momentum * v + d;',
    next: [`p - rate * ${nesterov ? '(d + momentum * nextV)' : 'nextV'}`, 'nextV'],
  };
}

function adam({ amsgrad }: AdamConfig): Rule {
  return {
    key: `adam${amsgrad ? ', amsgrad' : ''}`,
    state: ['m', 'v', ...(amsgrad ? ['vMax'] : [])],
    equations: `
      var nextM = beta1 * m + oneMinusBeta1 * d;
      var nextV = beta2 * v + oneMinusBeta2 * d * d;
      ${amsgrad ? 'var nextVMax = maximum(vMax, nextV);' : ''}`,
    next: [
      `shrink * p - rate * nextM / (Math.sqrt(${amsgrad ? 'nextVMax' : 'nextV'}) * rootCorrection + epsilon)`,
      'nextM',
      'nextV',
      ...(amsgrad ? ['nextVMax'] : []),
    ],
  };
}

function rmsprop({ momentum, centered }: RmspropConfig): Rule {
  const direction = 'd / (Math.sqrt(nextS) + epsilon)';
  return {
    key: `rmsprop${centered ? ', centered' : ''}${momentum > 0 ? ', momentum' : ''}`,
    state: ['s', ...(centered ? ['mean'] : []), ...(momentum > 0 ? ['v'] : [])],
    equations: `
      ${
        centered
          ? `var nextS = decay * (s + oneMinusDecay * (d - mean) * (d - mean));
      var nextMean = decay * mean + oneMinusDecay * d;`
          : 'var nextS = decay * s + oneMinusDecay * d * d;'
      }
      ${momentum > 0 ? `var nextV = momentum * v + ${direction};` : ''}`,
    next: [
      `p - rate * ${momentum > 0 ? 'nextV' : direction}`,
      'nextS',
      ...(centered ? ['nextMean'] : []),
      ...(momentum > 0 ? ['nextV'] : []),
    ],
  };
}

function adagrad(_: AdagradConfig): Rule {
  return {
    key: 'adagrad',
    state: ['s'],
    equations: 'var nextS = s + d * d;',
    next: ['p - rate * d / (Math.sqrt(nextS) + epsilon)', 'nextS'],
  };
}
