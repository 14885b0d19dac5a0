/* A layer as a {@link Differentiable}: its input, parameters and initial state are the variables. */
import { type Layer, type SignalShape, seededRandom, type Tensor } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { type Differentiable, provesGradients } from './finite-differences.js';
import { random, type Values, whole } from './numbers.js';
import type { Case } from './suite.js';
import type { Depth } from './tolerance.js';

export interface LayerRun {
  readonly kind: SignalShape['kind'];
  /** [T, B, F], [B, F], or [T, B] of ids. */
  readonly shape: readonly number[];
  readonly lengths?: readonly number[];
  /** [T, B]: 0 at the steps that are left out. */
  readonly mask?: readonly number[];
  /** Give one; else it is zero. */
  readonly initialState?: boolean;
  /** The outputs that gradients come from, by name: `output0`, `final state0` … Default: all. */
  readonly seeded?: readonly string[];
  /** False: no gradient of the input is wanted. Default true. */
  readonly inputGradient?: boolean;
  /** The largest magnitude of the input. Default 1. */
  readonly reach?: number;
  /** What its numbers come from. Default 0. */
  readonly seed?: number;
}

/** Four steps of three rows of two features. */
export const SEQUENCE: LayerRun = { kind: 'sequence', shape: [4, 3, 2] };

/** The same with steps left out: at the beginning and in the middle, at the end, and all of a row. */
export const MASKED: LayerRun = { ...SEQUENCE, mask: [0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0] };

/** Proves the gradients of a layer in training. */
export function layerCase(group: string, name: string, layer: Layer, run: LayerRun): Case {
  return { group, name, run: (check) => provesGradients(check, layerProblem(layer, run)) };
}

const SEED = 5;

/** A layer in training, its parameters random. */
export function layerProblem(layer: Layer, run: LayerRun): Differentiable {
  const { kind, shape, lengths, mask, initialState, seeded, inputGradient = true, reach = 1, seed = 0 } = run;
  const from = (i: number) => 64 * seed + i;
  const built = layer.build(signalShape(kind, shape));
  const batch = shape[shape.length - (kind === 'tokens' ? 1 : 2)];
  const input: Record<string, Values> =
    kind === 'tokens' ? {} : { x: random(shape, from(1), -reach, reach) };
  const names = Object.keys(built.parameters);
  const weights = names.map((name, i) => {
    const { shape } = built.parameters[name];
    const limit = limitOf(shape);
    return [name, random(shape, from(i + 2), -limit, limit)];
  });
  const sizes = initialState ? (built.stateSizes ?? []) : [];
  const state = sizes.map((size, i) => [`state${i}`, random([batch, size], from(i + 40))]);
  return {
    depth: depthOf(shape, Object.values(built.parameters)),
    variables: { ...input, ...Object.fromEntries(weights), ...Object.fromEntries(state) },
    ...(seeded && { seeded }),
    ...(!inputGradient && { fixed: ['x'] }),
    forward(tape, variables) {
      const ids = whole(
        shape.reduce((product, size) => product * size, 1),
        3,
        layer.vocabulary ?? 1,
      );
      const { output, others, state } = built.apply(
        tape,
        {
          value: variables.x ?? tape.constant(ids, shape),
          ...(lengths && { lengths: { rows: lengths, tensor: tape.constant(lengths, [batch]) } }),
          ...(mask && { mask: tape.constant(mask, [shape[0], batch]) }),
        },
        {
          weights: Object.fromEntries(names.map((name) => [name, variables[name]])),
          buffers: {},
          training: true,
          random: (name) => seededRandom(SEED, name),
          ...(sizes.length > 0 && { state: sizes.map((_, i) => variables[`state${i}`]) }),
        },
      );
      const named = (name: string, tensors: readonly Tensor[]) =>
        tensors.map((tensor, i) => [`${name}${i}`, tensor] as const);
      const values = [output, ...Object.values(others ?? {})].map(({ value }) => value);
      return Object.fromEntries([...named('output', values), ...named('final state', state ?? [])]);
    },
  };
}

/** The largest weight of a parameter: a recurrence of that many units then neither explodes nor becomes chaotic. */
function limitOf(shape: readonly number[]): number {
  return shape.length < 2 ? 0.7 : Math.min(0.7, Math.sqrt(3 / shape[shape.length - 2]));
}

/** A step waits for the one before, there and back; at most all rows of all steps, or the inputs of a unit, add up. */
function depthOf(shape: readonly number[], parameters: readonly { shape: readonly number[] }[]): Depth {
  const time = shape.length === 3 ? shape[0] : 1;
  const inputs = parameters.filter((parameter) => parameter.shape.length > 1);
  const terms = inputs.reduce((sum, parameter) => sum + sizeOf(parameter.shape.slice(0, -1)), 0);
  return { steps: 2 * Math.max(1, time), terms: Math.max(terms, sizeOf(shape.slice(0, -1))) };
}

function signalShape(kind: LayerRun['kind'], shape: readonly number[]): SignalShape {
  switch (kind) {
    case 'sequence':
      return { kind, time: shape[0], features: shape[2] };
    case 'vector':
      return { kind, features: shape[1] };
    case 'tokens':
      return { kind, time: shape[0] };
    default:
      throw new Error(`a layer of ${kind} cannot be proved here`);
  }
}
