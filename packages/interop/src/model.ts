import { type Backend, DataError, type Model, type NDArray, type Network } from '@recurra/core';
import { inputPort, outputPorts, statePorts } from './ports.js';

/** An input or output of a model. */
export interface Port {
  readonly name: string;
  /** null where any size will do; absent where the model does not say. */
  readonly shape?: readonly (number | null)[];
}

/** A model on a backend, of whichever format: named arrays in, named arrays out. */
export interface RunnableModel {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /**
   * @param feeds an array for each input, by name
   * @throws DataError for a missing or unknown input; ShapeError for one that does not fit
   */
  run(feeds: Readonly<Record<string, NDArray>>): Promise<Record<string, NDArray>>;
  /** Frees what it holds on the backend. A later `run` is a StateError. */
  dispose(): void;
}

/** A sequential model from another format, and its weights by Recurra's names. */
export interface ImportedModel {
  readonly model: Model;
  readonly weights: Readonly<Record<string, NDArray>>;
  /** What the model calls its input. Default `input`. */
  readonly inputName?: string;
  /** What the model calls its output. Default `output`. */
  readonly outputName?: string;
}

/** An imported model as a network on a backend. */
export function networkOf({ model, weights }: ImportedModel, backend: Backend): Network {
  return model.on(backend, { weights });
}

/**
 * A network as a model with named inputs and outputs: `input`, `output` (`forward` and `backward` where the last layer's
 * merge is 'none'), and the final states of layers with `returnState`, as `2.state.0`.
 * @param names what else its input and output are called
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
      checkFeeds([input], feeds);
      const prediction = await network.predictAll(feeds[input.name]);
      return Object.fromEntries([
        ...outputs.map(({ name }, i) => [name, prediction.outputs[i]]),
        ...states.map(({ name, layer, at }) => [name, prediction.states[layer][at]]),
      ]);
    },
    dispose: () => network.dispose(),
  };
}

/** @throws DataError unless there is one array for each input */
export function checkFeeds(inputs: readonly Port[], feeds: Readonly<Record<string, NDArray>>): void {
  const names = inputs.map(({ name }) => name);
  const missing = names.filter((name) => !Object.hasOwn(feeds, name));
  const unknown = Object.keys(feeds).filter((name) => !names.includes(name));
  if (missing.length === 0 && unknown.length === 0) return;
  const told = [
    missing.length > 0 ? `${missing.join(', ')} missing` : '',
    unknown.length > 0 ? `no input ${unknown.join(', ')}` : '',
  ];
  throw new DataError(`the model's inputs are ${names.join(', ')}: ${told.filter(Boolean).join('; ')}`);
}
