import type { Backend, Model, NDArray, Network } from '@recurra/core';
import { checkFeeds, type Feeds, toFloats } from './feeds.js';
import { inputPort, outputPorts, type Port, statePorts } from './ports.js';

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

/** A sequential model from another format, and its weights by their names in Recurra. */
export interface ImportedModel {
  readonly model: Model;
  readonly weights: Readonly<Record<string, NDArray>>;
  /** The input's name in the model. Default `input`. */
  readonly inputName?: string;
  /** The output's name in the model. Default `output`. */
  readonly outputName?: string;
  /** Assumptions about what the file does not contain, in sentences. */
  readonly notes?: readonly string[];
}

/** An imported model as a network on a backend. */
export function networkOf({ model, weights }: ImportedModel, backend: Backend): Network {
  return model.on(backend, { weights });
}

/**
 * A network as a model with named inputs and outputs: `input`, `output` (`forward` and `backward` if the last layer's merge is
 * 'none'), and the final states of layers with `returnState`, as `2.state.0`.
 * @param names other names for the input and the output
 */
export function runnable(
  network: Network,
  { inputName, outputName }: Pick<ImportedModel, 'inputName' | 'outputName'> = {},
): RunnableModel {
  const { model } = network;
  const input = { ...inputPort(model), ...(inputName !== undefined && { name: inputName }) };
  const outputs = outputPorts(model).map((port, _, { length }) =>
    outputName !== undefined && length === 1 ? { ...port, name: outputName } : port,
  );
  const states = statePorts(model);
  return {
    inputs: [input],
    outputs: [...outputs, ...states.map(({ name, shape }) => ({ name, shape }))],
    async run(feeds) {
      const checked = checkFeeds([input], feeds);
      const prediction = await network.predictAll(toFloats(checked[input.name]));
      return Object.fromEntries([
        ...outputs.map(({ name }, i) => [name, prediction.outputs[i]]),
        ...states.map(({ name, layer, at }) => [name, prediction.states[layer][at]]),
      ]);
    },
    dispose: () => network.dispose(),
  };
}
