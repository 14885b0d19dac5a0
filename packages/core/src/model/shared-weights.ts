import { ShapeError } from '../errors.js';
import type { Architecture, ModelNode } from './architecture.js';

/**
 * Returns the model, if each layer that is applied several times has parameters of the same shapes every time.
 * @throws ShapeError that names the node, otherwise
 */
export function checkSharedWeights<Model extends Architecture>(model: Model): Model {
  const nodes = new Map(model.nodes.map((node) => [node.name, node]));
  for (const node of model.nodes) {
    const { name, owner, built } = node;
    if (owner === name) continue;
    const first = nodes.get(owner) as ModelNode;
    for (const [own, { shape }] of Object.entries(built.parameters)) {
      const other = first.built.parameters[own].shape;
      if (String(other) === String(shape)) continue;
      throw new ShapeError(
        `${model.nameOf(node)}, shares the weights of ${owner}, whose ${own} is [${other}], and needs [${shape}]`,
      );
    }
  }
  return model;
}
