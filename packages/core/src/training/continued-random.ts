import type { Weights } from '../cells/cell.js';
import type { Tensor } from '../contract/tensor.js';
import type { ModelNode } from '../model/architecture.js';
import type { NodeWeights } from '../network/run-nodes.js';
import type { Random } from '../random.js';

/**
 * A network's weights and random numbers for the segments of one sequence, from the first to the last. A layer that draws at
 * each step goes on from the segment before, so it draws the same numbers as for the whole sequence; the others draw the
 * same numbers for each segment, because their masks are the same at all steps.
 */
export class ContinuedRandom implements NodeWeights {
  readonly #network: NodeWeights;
  /** The generators that have been used, by node and purpose. */
  readonly #used: Map<string, Random>;

  constructor(network: NodeWeights, used: ReadonlyMap<string, Random> = new Map()) {
    this.#network = network;
    this.#used = new Map(used);
  }

  /** Another source that draws the numbers that this one will draw next. */
  copy(): ContinuedRandom {
    const copies = [...this.#used].map(([key, random]) => [key, random.copy()] as const);
    return new ContinuedRandom(this.#network, new Map(copies));
  }

  weightsOf(node: ModelNode): Weights {
    return this.#network.weightsOf(node);
  }

  buffersOf(node: ModelNode, updated: ReadonlyMap<string, Tensor>): Weights {
    return this.#network.buffersOf(node, updated);
  }

  random(step: number, node: ModelNode, purpose: string): Random {
    if (!node.built.drawsEachStep) return this.#network.random(step, node, purpose);
    const key = `${node.name}.${purpose}`;
    const random = this.#used.get(key) ?? this.#network.random(step, node, purpose);
    this.#used.set(key, random);
    return random;
  }
}
