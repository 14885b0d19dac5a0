import {
  adagradScalars,
  adamScalars,
  type OptimizerKernel,
  type OptimizerSpec,
  rmspropScalars,
  sgdScalars,
  sizeOf,
} from '@recurra/core/backend';
import type { Context } from '../memory.js';
import { binding, ELEMENT_KERNEL_START, elementWorkgroups, FUNCTIONS } from '../wgsl.js';
import { gradientNorm } from './gradient-norm.js';

/** The update of one element as WGSL: it changes `p` and the state `s0`…, given the gradient `g` and the scalars by name. */
interface Update {
  readonly code: string;
  /** The options on which the code depends. */
  readonly variant: readonly boolean[];
  readonly scalars: Readonly<Record<string, number>>;
}

/**
 * Updates by every optimizer, in place: one dispatch for each parameter, in a guarded step after those of
 * {@link gradientNorm}.
 */
export function optimizer(context: Context): OptimizerKernel {
  const { dispatch, free, scoped } = context;
  return {
    declines: () => undefined,

    step: (spec, { parameters, gradients, states, guard }) =>
      scoped(() => {
        const { code, variant, scalars } = updateOf(spec);
        const names = Object.keys(scalars);
        const measured = guard && gradientNorm(context, gradients, guard, spec.clip);
        for (const [i, parameter] of parameters.entries()) {
          const count = sizeOf(parameter.shape);
          dispatch({
            program: {
              key: `${spec.config.kind} ${variant.join(' ')}${measured ? ' guarded' : ''}`,
              code: () => updateCode(code, names, states[i].length, measured !== undefined),
            },
            buffers: [gradients[i], parameter, ...states[i], ...(measured ? [measured.factor] : [])],
            uniforms: { u32: [count], f32: Object.values(scalars) },
            workgroups: elementWorkgroups(count),
          });
        }
        if (!measured) return { parameters, states };
        free(measured.factor);
        return { parameters, states, gradientNorm: measured.norm };
      }),
  };
}

/** Updates a parameter [count] and its states [count]; with `guarded`, by gradients times factor [1], or not at all if it is NaN. */
function updateCode(code: string, scalars: readonly string[], states: number, guarded: boolean): string {
  const updated = ['p', ...Array.from({ length: states }, (_, i) => `s${i}`)];
  const next = updated.length + 1;
  return `
struct Uniforms { count: u32, ${scalars.map((name) => `${name}: f32`).join(', ')} }
${binding(0, 'read', 'gradients', 'array<f32>')}
${updated.map((name, i) => binding(i + 1, 'read_write', `${name}s`, 'array<f32>')).join('\n')}
${guarded ? binding(next, 'read', 'factor', 'array<f32>') : ''}
${binding(guarded ? next + 1 : next, 'uniform', 'uniforms', 'Uniforms')}
${FUNCTIONS}
${ELEMENT_KERNEL_START}
  ${guarded ? 'if (isNaN(factor[0])) { return; }' : ''}
  ${scalars.map((name) => `let ${name} = uniforms.${name};`).join('\n  ')}
  var g = gradients[i]${guarded ? ' * factor[0]' : ''};
  ${updated.map((name) => `var ${name} = ${name}s[i];`).join('\n  ')}
${code}
  ${updated.map((name) => `${name}s[i] = ${name};`).join('\n  ')}
}
`;
}

function updateOf(spec: OptimizerSpec): Update {
  const { config } = spec;
  switch (config.kind) {
    case 'sgd': {
      const { momentum, nesterov } = config;
      const withMomentum = `
  s0 = momentum * s0 + g;
  g = ${nesterov ? 'g + momentum * s0' : 's0'};`;
      return {
        code: `
  g += penalty * p;${momentum > 0 ? withMomentum : ''}
  p -= rate * g;`,
        variant: [momentum > 0, nesterov],
        scalars: { ...sgdScalars(config, spec) },
      };
    }
    case 'adam':
    case 'adamw': {
      const { amsgrad } = config;
      return {
        code: `
  g += penalty * p;
  s0 = beta1 * s0 + oneMinusBeta1 * g;
  s1 = beta2 * s1 + oneMinusBeta2 * (g * g);${amsgrad ? '\n  s2 = larger(s1, s2);' : ''}
  p = shrink * p - rate * (s0 / (sqrt(${amsgrad ? 's2' : 's1'}) * rootCorrection + epsilon));`,
        variant: [amsgrad],
        scalars: { ...adamScalars(config, spec) },
      };
    }
    case 'rmsprop': {
      const { centered, momentum } = config;
      const velocity = centered ? 's2' : 's1';
      const meanSquare = centered
        ? `
  let distance = g - s1;
  s0 = decay * s0 + decay * oneMinusDecay * (distance * distance);
  s1 = decay * s1 + oneMinusDecay * g;`
        : `
  s0 = decay * s0 + oneMinusDecay * (g * g);`;
      const withMomentum = `
  ${velocity} = momentum * ${velocity} + q;
  q = ${velocity};`;
      return {
        code: `
  g += penalty * p;${meanSquare}
  var q = g / (sqrt(s0) + epsilon);${momentum > 0 ? withMomentum : ''}
  p -= rate * q;`,
        variant: [centered, momentum > 0],
        scalars: { ...rmspropScalars(config, spec) },
      };
    }
    case 'adagrad':
      return {
        code: `
  g += penalty * p;
  s0 += g * g;
  p -= rate * (g / (sqrt(s0) + epsilon));`,
        variant: [],
        scalars: { ...adagradScalars(config, spec) },
      };
  }
}
