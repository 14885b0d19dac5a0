import type { OptimizerConfig } from '@recurra/core';
import { type OptimizerKernel, type OptimizerSpec, sizeOf } from '@recurra/core/backend';
import type { Arrays } from '../memory.js';
import { binding, ELEMENT, elements, FUNCTIONS } from '../wgsl.js';

/** A step as a piece of WGSL: it changes `p` and the state `s0`…, given the gradient `g` and the constants by name. */
interface Step {
  readonly code: string;
  /** What the code depends on. */
  readonly variant: readonly boolean[];
  readonly constants: Readonly<Record<string, number>>;
}

/** Every optimizer, in place. What depends on the step alone is computed here, in float64. */
export function optimizer({ dispatch }: Arrays): OptimizerKernel {
  return {
    declines: () => undefined,

    step(spec, { parameter, gradient, state }) {
      const { code, variant, constants } = stepOf(spec);
      const count = sizeOf(parameter.shape);
      const names = Object.keys(constants);
      dispatch({
        program: {
          key: `${spec.config.kind} ${variant.join(' ')}`,
          code: () => stepCode(code, names, state.length),
        },
        buffers: [gradient, parameter, ...state],
        uniforms: { u32: [count], f32: Object.values(constants) },
        workgroups: elements(count),
      });
      return { parameter, state };
    },
  };
}

function stepCode(code: string, constants: readonly string[], states: number): string {
  const kept = ['p', ...Array.from({ length: states }, (_, i) => `s${i}`)];
  return `
struct Uniforms { count: u32, ${constants.map((name) => `${name}: f32`).join(', ')} }
${binding(0, 'read', 'gradients', 'array<f32>')}
${kept.map((name, i) => binding(i + 1, 'read_write', `${name}s`, 'array<f32>')).join('\n')}
${binding(kept.length + 1, 'uniform', 'uniforms', 'Uniforms')}
${FUNCTIONS}
${ELEMENT}
  ${constants.map((name) => `let ${name} = uniforms.${name};`).join('\n  ')}
  var g = gradients[i];
  ${kept.map((name) => `var ${name} = ${name}s[i];`).join('\n  ')}
${code}
  ${kept.map((name) => `${name}s[i] = ${name};`).join('\n  ')}
}
`;
}

function stepOf({ config, learningRate, step }: OptimizerSpec): Step {
  switch (config.kind) {
    case 'sgd':
      return sgd(config, learningRate);
    case 'adam':
    case 'adamw':
      return adam(config, learningRate, step);
    case 'rmsprop':
      return rmsprop(config, learningRate);
    case 'adagrad':
      return adagrad(config, learningRate, step);
  }
}

type ConfigOf<Kind> = Extract<OptimizerConfig, { kind: Kind }>;

function sgd({ momentum, nesterov, weightDecay }: ConfigOf<'sgd'>, rate: number): Step {
  const moving = `
  s0 = momentum * s0 + g;
  g = ${nesterov ? 'g + momentum * s0' : 's0'};`;
  return {
    code: `
  g += weightDecay * p;${momentum > 0 ? moving : ''}
  p -= rate * g;`,
    variant: [momentum > 0, nesterov],
    constants: { rate, weightDecay, momentum },
  };
}

function adam(config: ConfigOf<'adam' | 'adamw'>, learningRate: number, step: number): Step {
  const { kind, beta1, beta2, epsilon, amsgrad, weightDecay } = config;
  const decoupled = kind === 'adamw';
  return {
    code: `
  g += penalty * p;
  s0 = beta1 * s0 + share1 * g;
  s1 = beta2 * s1 + share2 * (g * g);${amsgrad ? '\n  s2 = larger(s1, s2);' : ''}
  p = keep * p - rate * (s0 / (sqrt(${amsgrad ? 's2' : 's1'}) * correction + epsilon));`,
    variant: [amsgrad],
    constants: {
      rate: learningRate / (1 - beta1 ** step),
      penalty: decoupled ? 0 : weightDecay,
      keep: decoupled ? 1 - learningRate * weightDecay : 1,
      beta1,
      share1: 1 - beta1,
      beta2,
      share2: 1 - beta2,
      correction: 1 / Math.sqrt(1 - beta2 ** step),
      epsilon,
    },
  };
}

function rmsprop(config: ConfigOf<'rmsprop'>, rate: number): Step {
  const { decay, epsilon, momentum, centered, weightDecay } = config;
  const velocity = centered ? 's2' : 's1';
  const spread = centered
    ? `
  let distance = g - s1;
  s0 = decay * s0 + decay * share * (distance * distance);
  s1 = decay * s1 + share * g;`
    : `
  s0 = decay * s0 + share * (g * g);`;
  return {
    code: `
  g += weightDecay * p;${spread}
  var q = g / (sqrt(s0) + epsilon);${
    momentum > 0
      ? `
  ${velocity} = momentum * ${velocity} + q;
  q = ${velocity};`
      : ''
  }
  p -= rate * q;`,
    variant: [centered, momentum > 0],
    constants: { rate, weightDecay, decay, share: 1 - decay, momentum, epsilon },
  };
}

function adagrad(config: ConfigOf<'adagrad'>, learningRate: number, step: number): Step {
  const { weightDecay, epsilon, learningRateDecay } = config;
  return {
    code: `
  g += weightDecay * p;
  s0 += g * g;
  p -= rate * (g / (sqrt(s0) + epsilon));`,
    variant: [],
    constants: { rate: learningRate / (1 + (step - 1) * learningRateDecay), weightDecay, epsilon },
  };
}
