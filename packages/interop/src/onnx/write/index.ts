import { type Network, RecurraError, UnsupportedError } from '@recurra/core';
import { boolean, checkOptions, optional } from '@recurra/core/backend';
import { inputPort, outputPorts, statePorts } from '../../ports.js';
import { GraphBuilder } from './graph-builder.js';
import { writeLayer } from './layers.js';
import { encodeModel, port } from './proto.js';
import type { WrittenSignal } from './written-layer.js';

export interface WriteOnnxOptions {
  /** Add an input `lengths` to the graph, int32 [batch]: the number of valid steps of each row. Default false. */
  readonly lengths?: boolean;
}

/** The oldest opset with LayerNormalization. */
const opset = 17;

/**
 * Exports a network as an ONNX model of opset 17, for inference. The input is `input`, [batch, time, features],
 * [batch, features] or, as int64, [batch, time]; the output is `output` (`forward` and `backward` if the last layer's merge
 * is 'none'). The final states of layers with `returnState` are the outputs `2.state.0`, … by layer. A stateful layer has
 * these outputs too, and its initial state is an input, `2.initial.0`, …: the caller carries the state over.
 *
 * @throws UnsupportedError that lists every layer that cannot be expressed in ONNX, with the reason
 */
export async function writeOnnx(network: Network, options: WriteOnnxOptions = {}): Promise<Uint8Array> {
  const { lengths } = checkOptions('writeOnnx', options, {
    lengths: optional(boolean, false),
  });
  const { model } = network;
  if (lengths && model.input.kind === 'vector') {
    throw new UnsupportedError('lengths: the input of the model is a vector, which has no steps');
  }
  const weights = await network.getWeights();
  const graph = new GraphBuilder();
  const inputs = [
    port('input', model.input.kind === 'indices' ? 'int64' : 'float32', namedShape(inputPort(model).shape)),
    ...(lengths ? [port('lengths', 'int32', ['batch'])] : []),
  ];
  const outputs: ReturnType<typeof port>[] = [];
  let signals: readonly WrittenSignal[] = [
    { name: timeMajor(graph, 'input', model.input.kind), ...(lengths && { lengths: 'lengths' }) },
  ];
  const states = statePorts(model, { stateful: true });
  const problems: string[] = [];

  for (const [index, layer] of model.layers.entries()) {
    graph.prefix = `${index}.${layer.kind}/`;
    const built = model.built[index];
    const own = Object.keys(built.parameters).map((name) => [name, weights[`${index}.${name}`]] as const);
    const initialState = built.stateful
      ? built.stateSizes?.map((size, at) => {
          inputs.push(port(`${index}.initial.${at}`, 'float32', ['batch', size]));
          return `${index}.initial.${at}`;
        })
      : undefined;
    try {
      const result = writeLayer(graph, layer, {
        ...signals[0],
        weights: Object.fromEntries(own),
        initialState,
      });
      for (const { name, layer, at, shape } of states) {
        if (layer !== index) continue;
        graph.rename(result.state?.[at] as string, name);
        outputs.push(port(name, 'float32', namedShape(shape)));
      }
      signals = result.outputs;
    } catch (error) {
      if (!(error instanceof RecurraError)) throw error;
      problems.push(`${model.nameOf(index)}: ${error.message}`);
    }
  }
  if (problems.length > 0)
    throw new UnsupportedError(`the model cannot be exported to ONNX:\n${problems.join('\n')}`);

  graph.prefix = '';
  const ports = outputPorts(model);
  for (const [i, { name, shape }] of ports.entries()) {
    graph.rename(timeMajor(graph, signals[i].name, model.output.kind), name);
    outputs.splice(i, 0, port(name, 'float32', namedShape(shape)));
  }
  return encodeModel({ opset, inputs, outputs, initializers: graph.initializers, nodes: graph.nodes });
}

/** Batch-major to time-major, or back; vectors are returned as they are. */
function timeMajor(graph: GraphBuilder, name: string, kind: 'sequence' | 'vector' | 'indices'): string {
  if (kind === 'vector') return name;
  return graph.add('Transpose', [name], { perm: kind === 'indices' ? [1, 0] : [1, 0, 2] });
}

/** A shape with names for the sizes that are not fixed. */
function namedShape(shape: readonly (number | null)[] = []): (number | string)[] {
  return shape.map((size, axis) => size ?? (axis === 0 ? 'batch' : 'time'));
}
