/* The inputs and outputs of a model, with the names that `recurra run` and ONNX use. */
import type { SignalShape } from '@recurra/core';
import type { Architecture } from '@recurra/core/files';

/** An input or output of a model. */
export interface Port {
  readonly name: string;
  /** null for any size; absent if the model does not specify the shape. */
  readonly shape?: readonly (number | null)[];
}

/** A final state of a node, as an output. */
export interface StatePort extends Port {
  /** The name of the node. */
  readonly node: string;
  /** Which tensor of its state it is. */
  readonly at: number;
}

/** The inputs by their names; `input` in a chain. */
export function inputPorts({ inputs }: Architecture): Port[] {
  return Object.entries(inputs).map(([name, { shape }]) => ({ name, shape: batchShape(shape) }));
}

/** The outputs by their names; in a chain `output`, or `forward` and `backward` if the last layer's merge is 'none'. */
export function outputPorts({ outputs }: Architecture): Port[] {
  return Object.entries(outputs).map(([name, { shape }]) => ({ name, shape: batchShape(shape) }));
}

/**
 * The final states of layers with `returnState`, in order: `decoder.state.0` is h of the node `decoder`, `decoder.state.1`
 * its c. In a chain nodes are named by their index, `2.state.0`.
 * @param stateful include the states of stateful layers
 */
export function statePorts({ nodes }: Architecture, { stateful = false } = {}): StatePort[] {
  return nodes.flatMap(({ name: node, built }) => {
    const { stateSizes = [], returnState, stateful: keepsState } = built;
    if (!returnState && !(stateful && keepsState)) return [];
    return stateSizes.map((size, at) => ({ name: `${node}.state.${at}`, shape: [null, size], node, at }));
  });
}

/** Batch-major, null for any size: [batch, time, features], [batch, features], token ids [batch, time], … */
export function batchShape(shape: SignalShape): (number | null)[] {
  return [null, ...('time' in shape ? [shape.time] : []), ...stepSizes(shape)];
}

/** The sizes of one step, or of a signal without steps. */
export function stepSizes(shape: SignalShape): number[] {
  switch (shape.kind) {
    case 'tokens':
      return [];
    case 'sequence':
    case 'vector':
      return [shape.features];
    case 'frames':
    case 'image':
      return [shape.height, shape.width, shape.channels];
  }
}

/** The name of an input's lengths; undefined for an input without steps. */
export function lengthsInput(name: string, shape: object, isChain: boolean): string | undefined {
  if (!('time' in shape)) return undefined;
  return isChain ? 'lengths' : `${name}.lengths`;
}

/** The shape of a signal of a model. */
export function shapeOf({ inputs, nodes }: Architecture, number: number): SignalShape {
  const input = Object.values(inputs)[number];
  if (input) return input.shape;
  for (const { signal, others, built } of nodes) {
    if (signal === number) return built.outputShape;
    const other = Object.keys(others).find((name) => others[name] === number);
    if (other !== undefined) return (built.otherShapes as Record<string, SignalShape>)[other];
  }
  throw new Error(`the model has no signal ${number}`);
}
