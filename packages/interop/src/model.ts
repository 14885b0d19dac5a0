import type { Backend, Model, ModelTypes, NDArray, Network } from '@recurra/core';
import type { Architecture } from '@recurra/core/files';
import { checkFeeds, type Feeds, toFloats } from './feeds.js';
import { inputPorts, outputPorts, type Port, statePorts } from './ports.js';

/** A network of any model, for writing. */
export interface WrittenNetwork {
  readonly model: Architecture;
  getWeights(): Promise<Record<string, NDArray>>;
  /** The int8 weights of a quantised network, by parameter name. */
  readonly int8?: Network['int8'];
}

/** A model on a backend, from any format, with named arrays as inputs and outputs. */
export interface RunnableModel {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /**
   * @param feeds an array for each input, by name
   * @throws DataError for a missing or unknown input, or elements that are not numbers; ShapeError for a wrong shape
   */
  run(feeds: Feeds): Promise<Record<string, NDArray>>;
  /** Frees the model's memory on the backend. A later `run` throws a StateError. */
  dispose(): void;
}

/** A model from another format, and its weights by their names in Recurra. */
export interface ImportedModel<Types extends ModelTypes = 'chain'> {
  readonly model: Model<Types>;
  readonly weights: Readonly<Record<string, NDArray>>;
  /** The name of a chain's input in the file. Default `input`. */
  readonly inputName?: string;
  /** The name of a chain's output in the file. Default `output`. */
  readonly outputName?: string;
  /** Assumptions about what the file does not contain, in sentences. */
  readonly notes?: readonly string[];
}

/** An imported model as a network on a backend. */
export function networkOf<Types extends ModelTypes>(
  { model, weights }: ImportedModel<Types>,
  backend: Backend,
): Network<Types> {
  return model.on(backend, { weights });
}

/**
 * A network as a model with named inputs and outputs: those of the graph; of a chain `input` and `output` (`forward` and
 * `backward` if the last layer's merge is 'none'). The final states of layers with `returnState` are outputs too:
 * `decoder.state.0`, in a chain `2.state.0`.
 * @param names other names for the input and the output of a chain
 */
export function runnable<Types extends ModelTypes>(
  network: Network<Types>,
  { inputName, outputName }: Pick<ImportedModel, 'inputName' | 'outputName'> = {},
): RunnableModel {
  const { model } = network;
  const inputs = renamed(inputPorts(model), inputName);
  const outputs = renamed(outputPorts(model), outputName);
  const names = Object.keys(model.outputs);
  const states = statePorts(model);
  return {
    inputs,
    outputs: [...outputs, ...states.map(({ name, shape }) => ({ name, shape }))],
    async run(feeds) {
      const checked = checkFeeds(inputs, feeds);
      const arrays = inputs.map(({ name }) => [name, toFloats(checked[name])] as const);
      const given = model.isChain ? arrays[0][1] : Object.fromEntries(arrays);
      const prediction = await network.predictAll(given as never);
      return Object.fromEntries([
        ...outputs.map(({ name, shape }, i) => [name, asImages(prediction.outputs[names[i]], shape)]),
        ...states.map(({ name, node, at }) => [name, prediction.states[node][at]]),
      ]);
    },
    dispose: () => network.dispose(),
  };
}

/** The only port under another name. */
function renamed(ports: readonly Port[], name: string | undefined): readonly Port[] {
  return name !== undefined && ports.length === 1 ? [{ ...ports[0], name }] : ports;
}

/** Images that are vectors of pixels, [.., height · width · channels], under the shape of their port. */
function asImages({ data, shape }: NDArray, wanted: Port['shape'] = shape): NDArray {
  if (shape.length === wanted.length) return { data, shape };
  return { data, shape: [...shape.slice(0, -1), ...(wanted.slice(-3) as number[])] };
}
