import type { OptimizerConfig, Tensor } from '@recurra/core';
import { type OptimizerKernel, type OptimizerSpec, sizeOf } from '@recurra/core/backend';
import type { KernelSource, Storage } from '../kernels.js';
import { FLAT } from '../strides.js';
import type { Arrays } from '../textures.js';
import { putters, writes } from './texels.js';

/** One element's step, from its parameter `p`, its gradient `g` and its state. */
interface Rule {
  /** The state's names, in the order of docs/semantics.md. */
  readonly state: readonly string[];
  /** What is computed here, in float64, since it is the same for all elements. */
  readonly numbers: Readonly<Record<string, number>>;
  /** From `d`, the gradient with its penalty. */
  readonly equations: string;
  /** The parameter, and then the state. */
  readonly next: readonly string[];
}

/** Every optimizer, in one launch a parameter, which gives the parameter and its state anew. */
export function optimizer(
  { get, add, several, outputOf }: Arrays,
  free: (x: Tensor) => void,
): OptimizerKernel {
  return {
    declines: () => undefined,

    step(spec, { parameter, gradient, state }) {
      if (sizeOf(parameter.shape) === 0) return { parameter, state };
      const rule = ruleOf(spec);
      const launch = several(keyOf(spec.config), () => kernelOf(rule));
      const inputs: Storage[] = [parameter, gradient, ...state].map(get);
      const found = launch(outputOf(parameter.shape), ...inputs, ...Object.values(rule.numbers));
      for (const old of [parameter, ...state]) free(old);
      const [next, ...nextState] = found.map((storage) => add(storage, parameter.shape));
      return { parameter: next, state: nextState };
    },
  };
}

function kernelOf({ state, numbers, equations, next }: Rule): KernelSource {
  const arrays = ['p', 'g', ...state];
  return {
    source: `function (${arrays.map((name) => `${name}s`).join(', ')}, ${Object.keys(numbers).join(', ')}) {
      var i = ${FLAT};
      ${arrays.map((name) => `var ${name} = ${name}s[i];`).join('\n')}
      var d = g + penalty * p;
      ${equations}
      ${writes(next.map((value, i) => [`next${i}`, [value]]))}
    }`,
    types: [...arrays.map(() => 'texture' as const), ...Object.keys(numbers).map(() => 'number' as const)],
    also: putters(
      next.map((_, i) => `next${i}`),
      1,
    ),
  };
}

/** What a rule's equations depend on. */
function keyOf(config: OptimizerConfig): string {
  switch (config.kind) {
    case 'sgd':
      return `sgd${config.momentum > 0 ? ', momentum' : ''}${config.nesterov ? ', nesterov' : ''}`;
    case 'adam':
    case 'adamw':
      return `adam${config.amsgrad ? ', amsgrad' : ''}`;
    case 'rmsprop':
      return `rmsprop${config.centered ? ', centered' : ''}${config.momentum > 0 ? ', momentum' : ''}`;
    case 'adagrad':
      return 'adagrad';
  }
}

function ruleOf({ config, learningRate, step }: OptimizerSpec): Rule {
  const { weightDecay } = config;
  switch (config.kind) {
    case 'sgd': {
      const { momentum, nesterov } = config;
      const numbers = { rate: learningRate, penalty: weightDecay };
      if (momentum === 0) return { state: [], numbers, equations: '', next: ['p - rate * d'] };
      return {
        state: ['v'],
        numbers: { ...numbers, momentum },
        equations: 'var nextV = momentum * v + d;',
        next: [`p - rate * ${nesterov ? '(d + momentum * nextV)' : 'nextV'}`, 'nextV'],
      };
    }
    case 'adam':
    case 'adamw': {
      const { kind, beta1, beta2, epsilon, amsgrad } = config;
      return {
        state: ['m', 'v', ...(amsgrad ? ['most'] : [])],
        numbers: {
          penalty: kind === 'adam' ? weightDecay : 0,
          keep: kind === 'adamw' ? 1 - learningRate * weightDecay : 1,
          rate: learningRate / (1 - beta1 ** step),
          beta1,
          rest1: 1 - beta1,
          beta2,
          rest2: 1 - beta2,
          scale: 1 / Math.sqrt(1 - beta2 ** step),
          epsilon,
        },
        equations: `
          var nextM = beta1 * m + rest1 * d;
          var nextV = beta2 * v + rest2 * d * d;
          ${amsgrad ? 'var nextMost = maximum(most, nextV);' : ''}`,
        next: [
          `keep * p - rate * nextM / (Math.sqrt(${amsgrad ? 'nextMost' : 'nextV'}) * scale + epsilon)`,
          'nextM',
          'nextV',
          ...(amsgrad ? ['nextMost'] : []),
        ],
      };
    }
    case 'rmsprop': {
      const { decay, momentum, epsilon, centered } = config;
      const direction = 'd / (Math.sqrt(nextS) + epsilon)';
      return {
        state: ['s', ...(centered ? ['a'] : []), ...(momentum > 0 ? ['v'] : [])],
        numbers: {
          rate: learningRate,
          penalty: weightDecay,
          decay,
          rest: 1 - decay,
          epsilon,
          ...(momentum > 0 && { momentum }),
        },
        equations: `
          ${centered ? 'var nextS = decay * (s + rest * (d - a) * (d - a));' : 'var nextS = decay * s + rest * d * d;'}
          ${centered ? 'var nextA = decay * a + rest * d;' : ''}
          ${momentum > 0 ? `var nextV = momentum * v + ${direction};` : ''}`,
        next: [
          `p - rate * ${momentum > 0 ? 'nextV' : direction}`,
          'nextS',
          ...(centered ? ['nextA'] : []),
          ...(momentum > 0 ? ['nextV'] : []),
        ],
      };
    }
    case 'adagrad': {
      const { learningRateDecay, epsilon } = config;
      return {
        state: ['s'],
        numbers: {
          rate: learningRate / (1 + (step - 1) * learningRateDecay),
          penalty: weightDecay,
          epsilon,
        },
        equations: 'var nextS = s + d * d;',
        next: ['p - rate * d / (Math.sqrt(nextS) + epsilon)', 'nextS'],
      };
    }
  }
}
