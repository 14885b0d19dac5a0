import { OptionError } from '../errors.js';
import type { SignalShape } from '../layers/layer.js';
import { isRecord, show } from '../options.js';
import type { ModelParts } from './architecture.js';
import { Node } from './node.js';

/**
 * Calls the function that was passed to `graph` and returns the inputs and outputs.
 * @throws OptionError for invalid inputs, and for outputs that are not an object of nodes
 */
export function graphParts(
  inputs: Readonly<Record<string, SignalShape>>,
  body: (nodes: Readonly<Record<string, Node>>) => Readonly<Record<string, Node>>,
): ModelParts {
  if (!isRecord(inputs) || Object.keys(inputs).length === 0)
    throw new OptionError(
      `graph: the inputs must be an object such as { source: tokens() }, not ${show(inputs)}`,
    );
  if (typeof body !== 'function') throw new OptionError(`graph: a function is needed, not ${show(body)}`);
  const nodes = Object.fromEntries(
    Object.entries(inputs).map(([name, shape]) => {
      if (!isRecord(shape) || typeof shape.kind !== 'string')
        throw new OptionError(
          `graph: the input ${name} must be tokens(), sequence(features) or the like, not ${show(shape)}`,
        );
      if (name === '' || name.includes('.'))
        throw new OptionError(`graph: an input's name must have no full stop, unlike ${show(name)}`);
      return [name, new Node(shape)];
    }),
  );
  const outputs: unknown = body(nodes);
  if (!isRecord(outputs) || outputs instanceof Node || Object.keys(outputs).length === 0)
    throw new OptionError(`graph: the function must return an object of nodes by name, not ${show(outputs)}`);
  return { inputs: nodes, outputs: outputs as Readonly<Record<string, Node>> };
}
