/* The names of a Recurra model's inputs and outputs, in `recurra run` and in ONNX alike. */
import type { Model } from '@recurra/core';
import type { Port } from './model.js';

/** Batch-major: [batch, time, features], [batch, features], or token ids [batch, time]. */
export function inputPort({ input }: Model): Port {
  if (input.kind === 'vector') return { name: 'input', shape: [null, input.features] };
  const steps = [null, input.time];
  return { name: 'input', shape: input.kind === 'indices' ? steps : [...steps, input.features] };
}

/** `output`, or one for each direction where the last layer's merge is 'none'. */
export function outputPorts({ built, output }: Model): Port[] {
  const features = output.kind === 'indices' ? [] : [output.features];
  const shape = output.kind === 'vector' ? [null, ...features] : [null, output.time, ...features];
  const names = built.at(-1)?.outputCount === 2 ? ['forward', 'backward'] : ['output'];
  return names.map((name) => ({ name, shape }));
}

/**
 * The final states of layers with `returnState`, in order: `2.state.0` is h of layer 2, `2.state.1` its c.
 * @param stateful those of stateful layers too
 */
export function statePorts(
  { built }: Model,
  { stateful = false } = {},
): (Port & { readonly layer: number; readonly at: number })[] {
  return built.flatMap(({ stateSizes = [], ...own }, layer) =>
    own.returnState || (stateful && own.stateful)
      ? stateSizes.map((size, at) => ({ name: `${layer}.state.${at}`, shape: [null, size], layer, at }))
      : [],
  );
}
