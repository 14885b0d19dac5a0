import type { Tensor } from '@recurra/core';
import { type OptimizerKernel, sizeOf } from '@recurra/core/backend';
import type { KernelSource } from '../kernels.js';
import type { Context } from '../memory.js';
import { FLAT } from '../strides.js';
import { gradientNorm } from './gradient-norm.js';
import { type Rule, ruleOf, scalarsOf } from './optimizer-rules.js';
import { putters, writes } from './texels.js';

/**
 * Updates by every optimizer: one launch for each parameter, which writes the new parameter and its new
 * state.
 */
export function optimizer(context: Context, free: (x: Tensor) => void): OptimizerKernel {
  const { get, add, drop, several, outputOf, device } = context;
  const measure = gradientNorm(context);
  return {
    declines({ config, guarded }) {
      const results = Math.max(ruleOf(config).next.length, guarded ? 2 : 1);
      return results > device.results
        ? `the step writes ${results} textures, but a kernel can write only ${device.results} here`
        : undefined;
    },

    step(spec, inputs) {
      const { parameters, gradients, states, guard } = inputs;
      const rule = ruleOf(spec.config);
      const scalars = scalarsOf(spec);
      const guarded = guard && measure(spec, inputs);
      const stepOne = (parameter: Tensor, gradient: Tensor, state: readonly Tensor[]) => {
        if (sizeOf(parameter.shape) === 0) return [parameter, ...state];
        const launch = several(`${rule.key}${guarded ? ', guarded' : ''}`, () =>
          kernelOf(rule, Object.keys(scalars), guarded !== undefined),
        );
        const elements = [parameter, gradient, ...state].map(get);
        const factor = guarded ? [guarded.factor] : [];
        const next = launch(outputOf(parameter.shape), ...elements, ...factor, ...Object.values(scalars));
        for (const old of [parameter, ...state]) free(old);
        return next.map((storage) => add(storage, parameter.shape));
      };
      const stepped = parameters.map((parameter, i) => stepOne(parameter, gradients[i], states[i]));
      if (guarded) drop(guarded.factor);
      return {
        parameters: stepped.map(([parameter]) => parameter),
        states: stepped.map(([, ...state]) => state),
        ...(guarded && { gradientNorm: add(guarded.norm, [1]) }),
      };
    },
  };
}

/**
 * The step of one parameter: p, g and each state, all of the parameter's shape, and for a guarded step
 * `factor` [1] (see {@link GradientNorm}) → the new p and state. If the factor is −1, the elements do not
 * change.
 */
function kernelOf(
  { state, equations, next }: Rule,
  scalars: readonly string[],
  guarded: boolean,
): KernelSource {
  const arrays = ['p', 'g', ...state];
  const names = [...arrays.map((name) => `${name}s`), ...(guarded ? ['factors'] : [])];
  const old = ['p', ...state];
  const results = next.map((value, i) => (guarded ? `(factor < 0 ? ${old[i]} : ${value})` : value));
  return {
    source: `function (${[...names, ...scalars].join(', ')}) {
      var i = ${FLAT};
      ${arrays.map((name) => `var ${name} = ${name}s[i];`).join('\n')}
      ${guarded ? 'var factor = factors[0];' : ''}
      var d = ${guarded ? 'factor * g' : 'g'} + penalty * p;
      ${equations}
      ${writes(results.map((value, i) => [`next${i}`, [value]]))}
    }`,
    types: [...names.map(() => 'texture' as const), ...scalars.map(() => 'number' as const)],
    also: putters(
      next.map((_, i) => `next${i}`),
      1,
    ),
  };
}
