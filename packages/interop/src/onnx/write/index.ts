import { type Network, RecurraError, UnsupportedError } from '@recurra/core';
import { checkOptions, custom, optional } from '@recurra/core/backend';
import { inputPort, outputPorts, statePorts } from '../../ports.js';
import { GraphBuilder } from './graph-builder.js';
import { layers, type WrittenSignal } from './layers.js';
import { encodeModel, port } from './proto.js';

export interface WriteOnnxOptions {
  /** Give the graph an input `lengths`, int32 [batch]: the valid steps of each row. Default false. */
  readonly lengths?: boolean;
}

/** LayerNormalization came with this one. */
const opset = 17;

/**
 * A network as an ONNX model of opset 17, for inference. Its input is `input`, [batch, time, features], [batch, features]
 * or, as int64, [batch, time]; its output `output` (`forward` and `backward` where the last layer's merge is 'none').
 * Final states that a layer returns are `2.state.0`, … by layer. A stateful layer's are outputs too, and where it starts
 * is an input, `2.initial.0`, …: the caller carries them over.
 *
 * @throws UnsupportedError that names every layer that ONNX cannot express, and why
 */
export async function writeOnnx(network: Network, options: WriteOnnxOptions = {}): Promise<Uint8Array> {
  const { lengths } = checkOptions('writeOnnx', options, {
    lengths: optional(
      custom<boolean>('true or false', (value) => typeof value === 'boolean'),
      false,
    ),
  });
  const { model } = network;
  if (lengths && model.input.kind === 'vector') {
    throw new UnsupportedError('lengths: the model takes vectors, which have no steps');
  }
  const weights = await network.getWeights();
  const graph = new GraphBuilder();
  const inputs = [
    port('input', model.input.kind === 'indices' ? 'int64' : 'float32', named(inputPort(model).shape)),
    ...(lengths ? [port('lengths', 'int32', ['batch'])] : []),
  ];
  const outputs: ReturnType<typeof port>[] = [];
  let signals: readonly WrittenSignal[] = [
    { name: timeMajor(graph, 'input', model.input.kind), ...(lengths && { lengths: 'lengths' }) },
  ];
  const states = statePorts(model, { stateful: true });
  const refused: string[] = [];

  for (const [index, { kind, options }] of model.layers.entries()) {
    graph.prefix = `${index}.${kind}/`;
    const built = model.built[index];
    const own = Object.keys(built.parameters).map((name) => [name, weights[`${index}.${name}`]] as const);
    const initialState = built.stateful
      ? built.stateSizes?.map((size, at) => {
          inputs.push(port(`${index}.initial.${at}`, 'float32', ['batch', size]));
          return `${index}.initial.${at}`;
        })
      : undefined;
    try {
      if (!Object.hasOwn(layers, kind))
        throw new UnsupportedError(reasons[kind] ?? "a layer of one's own has no form in ONNX");
      const result = layers[kind](graph, {
        ...signals[0],
        options,
        weights: Object.fromEntries(own),
        initialState,
      });
      for (const { name, layer, at, shape } of states) {
        if (layer !== index) continue;
        graph.rename(result.state?.[at] as string, name);
        outputs.push(port(name, 'float32', named(shape)));
      }
      signals = result.outputs;
    } catch (error) {
      if (!(error instanceof RecurraError)) throw error;
      refused.push(`layer ${index}, ${kind}: ${error.message}`);
    }
  }
  if (refused.length > 0)
    throw new UnsupportedError(`the model cannot be written as ONNX:\n${refused.join('\n')}`);

  graph.prefix = '';
  const ports = outputPorts(model);
  for (const [i, { name, shape }] of ports.entries()) {
    graph.rename(timeMajor(graph, signals[i].name, model.output.kind), name);
    outputs.splice(i, 0, port(name, 'float32', named(shape)));
  }
  return encodeModel({ opset, inputs, outputs, initializers: graph.initializers, nodes: graph.nodes });
}

const reasons: Readonly<Record<string, string>> = {
  masking: 'ONNX has no masks of steps; give lengths',
  recurrent: "a cell of one's own has no form in ONNX",
};

/** Batch-major to time-major, and back; vectors stay. */
function timeMajor(graph: GraphBuilder, name: string, kind: 'sequence' | 'vector' | 'indices'): string {
  if (kind === 'vector') return name;
  return graph.add('Transpose', [name], { perm: kind === 'indices' ? [1, 0] : [1, 0, 2] });
}

function named(shape: readonly (number | null)[] = []): (number | string)[] {
  return shape.map((size, axis) => size ?? (axis === 0 ? 'batch' : 'time'));
}
