import type { Tensor } from '@recurra/core';
import { type OptimizerKernel, sizeOf } from '@recurra/core/backend';
import { accessOf, readAll } from '../access.js';
import type { KernelSource } from '../kernels.js';
import type { Context } from '../memory.js';
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
        const elements = [parameter, gradient, ...state].map(get);
        const output = outputOf(parameter.shape);
        const names = ['p', 'g', ...rule.state];
        const accesses = elements.map((array) => accessOf(array, output, context));
        const { key, values, native } = readAll(names.map(arrayOf), accesses, context);
        const launch = several(`${rule.key}${guarded ? ', guarded' : ''}${key}`, () => ({
          ...kernelOf(rule, names, values, Object.keys(scalars), guarded !== undefined),
          native,
        }));
        const factor = guarded ? [guarded.factor] : [];
        const next = launch(output, ...elements, ...factor, ...Object.values(scalars));
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

/** The name of an array, whose element has the name `name`. */
const arrayOf = (name: string) => `${name}s`;

/**
 * The step of one parameter: p, g and each state, all of the parameter's shape and read by `values`, and for a guarded step
 * `factor` [1] (see {@link GradientNorm}) → the new p and state. If the factor is −1, the elements do not
 * change.
 */
function kernelOf(
  { state, equations, next }: Rule,
  arrays: readonly string[],
  values: readonly string[],
  scalars: readonly string[],
  guarded: boolean,
): KernelSource {
  const names = [...arrays.map(arrayOf), ...(guarded ? ['factors'] : [])];
  const old = ['p', ...state];
  const results = next.map((value, i) => (guarded ? `(factor < 0 ? ${old[i]} : ${value})` : value));
  return {
    source: `function (${[...names, ...scalars].join(', ')}) {
      ${arrays.map((name, i) => `var ${name} = ${values[i]};`).join('\n')}
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
