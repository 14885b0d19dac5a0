/* The inputs and outputs of a model, with the names that `recurra run` and ONNX use. */
import type { Model } from '@recurra/core';

/** An input or output of a model. */
export interface Port {
  readonly name: string;
  /** null for any size; absent if the model does not specify the shape. */
  readonly shape?: readonly (number | null)[];
}

/** Batch-major: [batch, time, features], [batch, features], or token ids [batch, time]. */
export function inputPort({ input }: Model): Port {
  if (input.kind === 'vector') return { name: 'input', shape: [null, input.features] };
  const steps = [null, input.time];
  return { name: 'input', shape: input.kind === 'indices' ? steps : [...steps, input.features] };
}

/** `output`; `forward` and `backward` if the last layer's merge is 'none'. */
export function outputPorts({ output, outputCount }: Model): Port[] {
  const features = output.kind === 'indices' ? [] : [output.features];
  const shape = output.kind === 'vector' ? [null, ...features] : [null, output.time, ...features];
  const names = outputCount === 2 ? ['forward', 'backward'] : ['output'];
  return names.map((name) => ({ name, shape }));
}

/**
 * The final states of layers with `returnState`, in order: `2.state.0` is h of layer 2, `2.state.1` its c.
 * @param stateful include the states of stateful layers
 */
export function statePorts(
  { built }: Model,
  { stateful = false } = {},
): (Port & { readonly layer: number; readonly at: number })[] {
  return built.flatMap(({ stateSizes = [], returnState, stateful: keepsState }, layer) =>
    returnState || (stateful && keepsState)
      ? stateSizes.map((size, at) => ({ name: `${layer}.state.${at}`, shape: [null, size], layer, at }))
      : [],
  );
}
