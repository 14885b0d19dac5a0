import { UnsupportedError } from '@recurra/core';
import { boolean, checkOptions, optional } from '@recurra/core/backend';
import type { WrittenNetwork } from '../../model.js';
import { lengthsInput, statePorts } from '../../ports.js';
import { ModelWriter } from './model-writer.js';
import { writtenWeights } from './weight.js';

export interface WriteOnnxOptions {
  /**
   * Add the number of valid steps of each row as inputs, int32 [batch]: `lengths` in a chain; in a graph `source.lengths`
   * for each input with steps. Default false.
   */
  readonly lengths?: boolean;
}

/**
 * Exports a network as an ONNX model of opset 17, for inference. The inputs and outputs have the names of the graph's; a
 * chain has `input` and `output` (`forward` and `backward` if the last layer's merge is 'none'). Sequences are [batch, time,
 * features], vectors [batch, features], token ids int64 [batch, time], images [batch, height, width, channels]. The final
 * states of layers with `returnState` are the outputs `decoder.state.0`, … by node; in a chain a node's name is its index. A
 * stateful layer has these outputs too, and its initial state is an input, `decoder.initial.0`, …: the caller carries the
 * state over. Weights that layers share are written once.
 *
 * @throws UnsupportedError that lists every layer that cannot be expressed in ONNX, with the reason
 */
export async function writeOnnx(
  network: WrittenNetwork,
  options: WriteOnnxOptions = {},
): Promise<Uint8Array> {
  const { lengths } = checkOptions('writeOnnx', options, {
    lengths: optional(boolean, false),
  });
  const { model } = network;
  const inputs = Object.entries(model.inputs);
  if (lengths && !inputs.some(([, { shape }]) => 'time' in shape)) {
    throw new UnsupportedError(`lengths: no input of the model has steps: ${Object.keys(model.inputs)}`);
  }
  const writer = new ModelWriter(model, await writtenWeights(network));
  for (const [number, [name, { shape }]] of inputs.entries())
    writer.addInput(
      number,
      name,
      shape,
      'all',
      lengths ? lengthsInput(name, shape, model.isChain) : undefined,
    );
  for (const node of model.nodes) {
    const { stateful, stateSizes = [] } = node.built;
    writer.write(
      node,
      stateful
        ? stateSizes.map((size, at) => writer.addStateInput(`${node.name}.initial.${at}`, size))
        : undefined,
    );
  }
  writer.check();
  for (const [name, { shape, signal }] of Object.entries(model.outputs))
    writer.addOutput(signal, name, shape, 'all');
  for (const { name, node, at, shape } of statePorts(model, { stateful: true }))
    writer.addStateOutput(writer.states.get(node)?.[at] as string, name, shape?.[1] as number);
  return writer.encode();
}
