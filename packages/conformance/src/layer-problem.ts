/* A layer as a {@link Differentiable}: its inputs, parameters and initial state are the variables. */
import {
  type AnyLayer,
  type Signal,
  type SignalShape,
  seededRandom,
  type Tape,
  type Tensor,
} from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { type Differentiable, provesGradients } from './finite-differences.js';
import { random, whole } from './numbers.js';
import type { Case } from './suite.js';
import type { Depth } from './tolerance.js';

type ImageShape = Extract<SignalShape, { readonly kind: 'image' }>;

/** One input of a layer. */
export interface InputRun {
  readonly kind: SignalShape['kind'];
  /** [T, B, F], [B, F], or [T, B] of ids. */
  readonly shape: readonly number[];
  /** Of images, whose F is height · width · channels. */
  readonly image?: Pick<ImageShape, 'height' | 'width' | 'channels'>;
  readonly lengths?: readonly number[];
  /** [T, B]: 0 at the steps that are left out. */
  readonly mask?: readonly number[];
}

/** The first input of a layer, and how the layer is run. */
export interface LayerRun extends InputRun {
  /** The further inputs, in the layer's order. */
  readonly more?: readonly InputRun[];
  /** True to pass an initial state; otherwise it is zero. */
  readonly initialState?: boolean;
  /** The names of the outputs that have a gradient: `output0`, `final state0` … Default: all. */
  readonly seeded?: readonly string[];
  /** False if the gradient of the input is not requested. Default true. */
  readonly inputGradient?: boolean;
  /** The largest magnitude of the input. Default 1. */
  readonly reach?: number;
  /** The seed of its numbers. Default 0. */
  readonly seed?: number;
}

/** Four steps of three rows of two features. */
export const SEQUENCE: LayerRun = { kind: 'sequence', shape: [4, 3, 2] };

/** The same with masked steps: at the beginning and in the middle, at the end, and a whole row. */
export const MASKED: LayerRun = { ...SEQUENCE, mask: [0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0] };

/** Proves the gradients of a layer in training. */
export function layerCase(group: string, name: string, layer: AnyLayer, run: LayerRun): Case {
  return { group, name, run: (check) => provesGradients(check, layerProblem(layer, run)) };
}

const SEED = 5;

/** A layer in training mode with random parameters. */
export function layerProblem(layer: AnyLayer, run: LayerRun): Differentiable {
  const { more = [], initialState, seeded, inputGradient = true, reach = 1, seed = 0 } = run;
  const from = (i: number) => 64 * seed + i;
  const runs = [run, ...more];
  const built = layer.build(inputsOf(layer, runs.map(signalShape)));
  const batch = batchOf(run);
  const nameOf = (i: number) => (i === 0 ? 'x' : `x${i}`);
  const inputs = runs.flatMap(({ kind, shape }, i) =>
    kind === 'tokens' ? [] : [[nameOf(i), random(shape, from(i === 0 ? 1 : 50 + i), -reach, reach)] as const],
  );
  const names = Object.keys(built.parameters);
  const weights = names.map((name, i) => {
    const { shape } = built.parameters[name];
    const limit = limitOf(shape);
    return [name, random(shape, from(i + 2), -limit, limit)];
  });
  const sizes = initialState ? (built.stateSizes ?? []) : [];
  const state = sizes.map((size, i) => [`state${i}`, random([batch, size], from(i + 40))]);
  return {
    depth: depthOf(runs, Object.values(built.parameters)),
    variables: {
      ...Object.fromEntries(inputs),
      ...Object.fromEntries(weights),
      ...Object.fromEntries(state),
    },
    ...(seeded && { seeded }),
    ...(!inputGradient && { fixed: ['x'] }),
    forward(tape, variables) {
      const watched: Tensor[] = [];
      const signals = runs.map((run, i) => signalOf(tape, run, variables[nameOf(i)], layer.vocabulary));
      const { output, others, state } = built.apply(tape, inputsOf(layer, signals), {
        weights: Object.fromEntries(names.map((name) => [name, variables[name]])),
        buffers: Object.fromEntries(
          Object.entries(built.buffers ?? {}).map(([name, { shape }]) => [name, tape.fill(shape, 0.5)]),
        ),
        training: true,
        random: (name) => seededRandom(SEED, name),
        watchAttention: (weights) => watched.push(weights),
        ...(sizes.length > 0 && { state: sizes.map((_, i) => variables[`state${i}`]) }),
      });
      const named = (name: string, tensors: readonly Tensor[]) =>
        tensors.map((tensor, i) => [`${name}${i}`, tensor] as const);
      const values = [output, ...Object.values(others ?? {})].map(({ value }) => value);
      return Object.fromEntries([
        ...named('output', values),
        ...named('final state', state ?? []),
        ...named('attention weights', watched),
      ]);
    },
  };
}

/** The inputs in the form that the layer expects: one, a list, or an object by name. */
export function inputsOf<Input>(layer: AnyLayer, inputs: readonly Input[]): never {
  const { inputs: names } = layer;
  if (names === undefined) return inputs[0] as never;
  if (names === 'list') return inputs as never;
  return Object.fromEntries(names.map((name, i) => [name, inputs[i]])) as never;
}

/** The signal of an input; `x` is its value, undefined for token ids. */
export function signalOf(tape: Tape, run: InputRun, x: Tensor | undefined, vocabulary = 1): Signal {
  const { shape, lengths, mask } = run;
  const batch = batchOf(run);
  return {
    value: x ?? tape.constant(whole(sizeOf(shape), 3, vocabulary), shape),
    ...(lengths && { lengths: { rows: lengths, tensor: tape.constant(lengths, [batch]) } }),
    ...(mask && { mask: tape.constant(mask, [shape[0], batch]) }),
  };
}

function batchOf({ kind, shape }: InputRun): number {
  return shape[shape.length - (kind === 'tokens' ? 1 : 2)];
}

/**
 * The largest magnitude of a parameter's elements, such that a recurrence of that many units neither explodes
 * nor becomes chaotic.
 */
function limitOf(shape: readonly number[]): number {
  return shape.length < 2 ? 0.7 : Math.min(0.7, Math.sqrt(3 / shape[shape.length - 2]));
}

/**
 * Each step depends on the one before, in both passes. The longest sum is over all rows of all steps, or over
 * the inputs of a unit.
 */
function depthOf(inputs: readonly InputRun[], parameters: readonly { shape: readonly number[] }[]): Depth {
  const time = inputs[0].shape.length === 3 ? inputs[0].shape[0] : 1;
  const products = parameters.filter((parameter) => parameter.shape.length > 1);
  const terms = products.reduce((sum, parameter) => sum + sizeOf(parameter.shape.slice(0, -1)), 0);
  const rows = inputs.map(({ shape }) => sizeOf(shape.slice(0, -1)));
  return { steps: 2 * Math.max(1, time), terms: Math.max(terms, ...rows) };
}

function signalShape({ kind, shape, image }: InputRun): SignalShape {
  switch (kind) {
    case 'sequence':
      return { kind, time: shape[0], features: shape[2] };
    case 'vector':
      return { kind, features: shape[1] };
    case 'tokens':
      return { kind, time: shape[0] };
    case 'image':
      return { ...(image as ImageShape), kind };
    case 'frames':
      return { ...(image as ImageShape), kind, time: shape[0] };
  }
}
