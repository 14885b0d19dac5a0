/* Divides the nodes of a model into stages, which are cut into segments of time or run whole. */
import { OptionError } from '../errors.js';
import type { Architecture, ModelNode } from '../model/architecture.js';
import { hasTime } from '../network/stream-plan.js';
import type { OutputLoss } from './losses.js';

/** Nodes that run together. */
export interface Stage {
  readonly nodes: readonly ModelNode[];
  /** True if it runs segment by segment; false for a node that needs its whole input, or whose input has no time. */
  readonly isCut: boolean;
  /** The numbers of the signals that it reads: inputs of the model, and results of earlier stages. */
  readonly reads: readonly number[];
  /** The numbers of its signals that are needed after it. */
  readonly passes: readonly number[];
  /** The losses that are computed in its segments. */
  readonly losses: readonly OutputLoss[];
}

/** The stages of a model in the order in which they run, and the losses that are computed at the end. */
export interface SegmentPlan {
  readonly stages: readonly Stage[];
  readonly losses: readonly OutputLoss[];
}

/** What a stage consists of, before it is known what later stages read. */
type Group = Pick<Stage, 'nodes' | 'isCut'>;

/**
 * @param whole the names of outputs that are needed whole
 * @throws OptionError if no node can be cut, with the reason of each
 */
export function planSegments(
  model: Architecture,
  losses: readonly OutputLoss[],
  whole: ReadonlySet<string>,
): SegmentPlan {
  const groups = groupsOf(model);
  if (!groups.some(({ isCut }) => isCut)) {
    const timed = model.nodes.filter(({ from }) => from.some((signal) => hasTime(model, signal)));
    const reasons = timed.map((node) => `${model.nameOf(node)}: ${whyWhole(model, node)}`);
    throw new OptionError(
      `fit: checkpointing finds no layer that can run in segments of a sequence${reasons.length > 0 ? `: ${reasons.join('; ')}` : ''}`,
    );
  }
  const signalOf = ({ name }: OutputLoss) => model.outputs[name].signal;
  const inSegments = new Set(
    losses.filter(({ name, loss }) => {
      const { signal } = model.outputs[name];
      const group = groups.find(({ nodes }) => nodes.some((node) => signalsOf(node).includes(signal)));
      return group?.isCut && hasTime(model, signal) && !loss.wholeSequence;
    }),
  );
  const atEnd = losses.filter((loss) => !inSegments.has(loss));
  const keptSignals = losses.filter(({ name }) => whole.has(name)).map(signalOf);
  const stages = groups.map(({ nodes, isCut }, at): Stage => {
    const own = nodes.flatMap(signalsOf);
    const later = new Set([
      ...groups.slice(at + 1).flatMap((group) => group.nodes.flatMap(readsOf)),
      ...atEnd.map(signalOf),
      ...keptSignals,
    ]);
    return {
      nodes,
      isCut,
      reads: [...new Set(nodes.flatMap(readsOf))].filter((signal) => !own.includes(signal)),
      passes: own.filter((signal) => later.has(signal)),
      losses: [...inSegments].filter((loss) => own.includes(signalOf(loss))),
    };
  });
  return { stages, losses: atEnd };
}

/** Why a node cannot run on segments of its input; undefined if it can. */
function whyWhole(model: Architecture, { layer, built, from }: ModelNode): string | undefined {
  const { wholeSequence, wholeInputs = {}, buffers = {}, outputShape, stateSizes } = built;
  if (wholeSequence) return wholeSequence;
  const [whole] = Object.values(wholeInputs);
  if (whole) return whole;
  if (layer.trainable !== false && Object.keys(buffers).length > 0)
    return `${layer.kind} computes statistics over all steps in training`;
  if (!from.some((signal) => hasTime(model, signal))) return 'its input has no time';
  if (!('time' in outputShape) && !stateSizes) return `${layer.kind} has one output for all steps`;
  return undefined;
}

/** The nodes in groups, in an order in which they can run: as many nodes in segments together as possible. */
function groupsOf(model: Architecture): Group[] {
  const ready = new Set(Object.keys(model.inputs).map((_, signal) => signal));
  const finished = new Set<string>();
  const groups: Group[] = [];
  const finish = (group: Group) => {
    groups.push(group);
    for (const node of group.nodes) {
      finished.add(node.name);
      for (const signal of signalsOf(node)) ready.add(signal);
    }
  };
  const starts = ({ initialState }: ModelNode) =>
    !initialState ||
    ('node' in initialState
      ? finished.has(initialState.node)
      : initialState.signals.every((signal) => ready.has(signal)));
  while (finished.size < model.nodes.length) {
    const open = model.nodes.filter(({ name }) => !finished.has(name));
    /** Signals with time that the same segments compute. */
    const computed = new Set<number>();
    const cut = open.filter((node) => {
      const runs = node.from.every((signal) => ready.has(signal) || computed.has(signal)) && starts(node);
      if (!runs || whyWhole(model, node)) return false;
      for (const signal of signalsOf(node)) if (hasTime(model, signal)) computed.add(signal);
      return true;
    });
    for (const nodes of connected(model, cut)) finish({ nodes, isCut: true });
    for (const node of open) {
      const runs = node.from.every((signal) => ready.has(signal)) && starts(node);
      if (runs && whyWhole(model, node)) finish({ nodes: [node], isCut: false });
    }
  }
  return groups;
}

/** Nodes that have a signal with time in common, which have the same steps, in groups. */
function connected(model: Architecture, nodes: readonly ModelNode[]): ModelNode[][] {
  let groups: { nodes: Set<ModelNode>; signals: Set<number> }[] = [];
  for (const node of nodes) {
    const signals = [...node.from, ...signalsOf(node)].filter((signal) => hasTime(model, signal));
    const joined = groups.filter((group) => signals.some((signal) => group.signals.has(signal)));
    groups = groups.filter((group) => !joined.includes(group));
    groups.push({
      nodes: new Set([...joined.flatMap((group) => [...group.nodes]), node]),
      signals: new Set([...joined.flatMap((group) => [...group.signals]), ...signals]),
    });
  }
  return groups.map((group) => nodes.filter((node) => group.nodes.has(node)));
}

function signalsOf({ signal, others }: ModelNode): number[] {
  return [signal, ...Object.values(others)];
}

function readsOf({ from, initialState }: ModelNode): number[] {
  return initialState && 'signals' in initialState ? [...from, ...initialState.signals] : [...from];
}
