import { OptionError } from '@recurra/core';
import { boolean, checkOptions, custom, didYouMean, optional, show } from '@recurra/core/backend';
import { type Architecture, type ModelNode, planStream, type StreamPlan } from '@recurra/core/files';
import type { WrittenNetwork } from '../../model.js';
import { lengthsInput, shapeOf } from '../../ports.js';
import { ModelWriter } from './model-writer.js';
import { zeros } from './state.js';
import { writtenWeights } from './weight.js';

export interface WriteOnnxStepsOptions {
  /** The inputs that are known at the beginning, as `network.stream` is given them: those of an encoder. Default: none. */
  readonly given?: readonly string[];
  /** Add the valid steps of each row of the given inputs as inputs, as in `writeOnnx`. Default false. */
  readonly lengths?: boolean;
}

/** A network as one ONNX model that runs once, and one that runs for each step. */
export interface OnnxSteps {
  /** What depends on the given inputs alone; absent where nothing is given. */
  readonly given?: Uint8Array;
  /** One step of the rest. */
  readonly step: Uint8Array;
}

/**
 * Exports a network as `network.stream(given)` runs it: an encoder, and one step of a decoder, as ONNX models of opset 17.
 *
 * `given` has the given inputs. Its outputs are inputs of `step`: `given.NAME` for each signal that the step reads (and
 * `given.NAME.lengths`), and `NODE.initial.0`, … for the state that each recurrent node starts from. Outputs that depend on
 * the given inputs alone are outputs of it too.
 *
 * `step` has these inputs, and one step of each other input: [batch, features], or token ids int64 [batch]. Its outputs are
 * one step of the network's, [batch, features], and the states `NODE.state.0`, …, which the caller hands in as
 * `NODE.initial.0`, … of the next step. Where nothing is given, the states start as zeros [batch, size].
 *
 * @throws OptionError for an input that does not exist; UnsupportedError for a layer that cannot be stepped, and as
 *   `writeOnnx`
 */
export async function writeOnnxSteps(
  network: WrittenNetwork,
  options: WriteOnnxStepsOptions = {},
): Promise<OnnxSteps> {
  const { given, lengths } = checkOptions('writeOnnxSteps', options, {
    given: optional(custom<readonly string[]>('a list of names of inputs', isNames), []),
    lengths: optional(boolean, false),
  });
  const { model } = network;
  checkGiven(model, given);
  const plan = planStream(model, given);
  const weights = await writtenWeights(network);
  const first = new ModelWriter(model, weights);
  const step = new ModelWriter(model, weights);
  if (given.length > 0) writeGiven(first, plan, given, lengths);
  writeStep(step, first, plan, given);
  return { ...(given.length > 0 && { given: first.encode() }), step: step.encode() };
}

/** The nodes that run once, and what the step needs of them. */
function writeGiven(writer: ModelWriter, plan: StreamPlan, given: readonly string[], lengths: boolean): void {
  const { model, graph } = writer;
  for (const [number, [name, { shape }]] of Object.entries(model.inputs).entries()) {
    if (!given.includes(name)) continue;
    writer.addInput(
      number,
      name,
      shape,
      'all',
      lengths ? lengthsInput(name, shape, model.isChain) : undefined,
    );
  }
  for (const node of plan.fixed) writer.write(node);
  writer.check();
  for (const [name, { signal, shape }] of Object.entries(model.outputs))
    if (writer.signals.has(signal)) writer.addOutput(signal, name, shape, 'all');
  for (const number of readSignals(plan, writer)) {
    const name = givenName(model, number);
    writer.addOutput(number, name, shapeOf(model, number), 'all', `${name}.lengths`);
  }
  for (const node of plan.steps) {
    graph.prefix = `${node.label}/`;
    const { stateSizes = [] } = node.built;
    const start = writer.startOf(node);
    for (const [at, size] of stateSizes.entries())
      writer.addStateOutput(
        start?.[at] ?? zeros(graph, given[0], 0, size),
        `${node.name}.initial.${at}`,
        size,
      );
  }
}

/** @param first the nodes that run once, written */
function writeStep(
  writer: ModelWriter,
  first: ModelWriter,
  plan: StreamPlan,
  given: readonly string[],
): void {
  const { model } = writer;
  for (const [number, [name, { shape }]] of Object.entries(model.inputs).entries())
    if (!given.includes(name)) writer.addInput(number, name, shape, 'one');
  for (const number of readSignals(plan, first)) {
    const name = givenName(model, number);
    const lengths = first.signals.get(number)?.lengths;
    writer.addInput(number, name, shapeOf(model, number), 'all', lengths && `${name}.lengths`);
  }
  const stateful = plan.steps.filter(({ built }) => built.stateSizes);
  for (const node of plan.steps) {
    const { stateSizes } = node.built;
    writer.write(
      node,
      stateSizes?.map((size, at) => writer.addStateInput(`${node.name}.initial.${at}`, size)),
    );
  }
  writer.check();
  for (const [name, { signal, shape }] of Object.entries(model.outputs))
    if (!first.signals.has(signal)) writer.addOutput(signal, name, shape, 'one');
  for (const { name, built } of stateful) {
    for (const [at, size] of (built.stateSizes as readonly number[]).entries())
      writer.addStateOutput(writer.states.get(name)?.[at] as string, `${name}.state.${at}`, size);
  }
}

/** The signals of the nodes that run once which the step reads. */
function readSignals({ steps }: StreamPlan, { signals }: ModelWriter): number[] {
  const read = new Set(steps.flatMap(({ from }: ModelNode) => from));
  return [...signals.keys()].filter((number) => read.has(number));
}

function givenName({ signals }: Architecture, number: number): string {
  return `given.${signals[number]}`;
}

function isNames(names: unknown): boolean {
  return Array.isArray(names) && names.every((name) => typeof name === 'string');
}

function checkGiven({ inputs }: Architecture, given: readonly string[]): void {
  const unknown = given.find((name) => !Object.hasOwn(inputs, name));
  if (unknown === undefined) return;
  const hint = didYouMean(unknown, Object.keys(inputs));
  throw new OptionError(`writeOnnxSteps: there is no input ${show(unknown)}${hint}`);
}
