/* The types of a model's inputs and outputs, for samples, predictions and options. */
import type { ArrayInput, NDArray, NDArrayInput, NestedNumbers, TypedArray } from '../data/ndarray.js';
import type { SignalKind, SignalShape } from '../layers/layer.js';
import type { Node } from './node.js';

/** The kinds of a graph's inputs and outputs, by name. */
export interface GraphTypes {
  readonly inputs: Readonly<Record<string, SignalKind>>;
  readonly outputs: Readonly<Record<string, SignalKind>>;
}

/** The types of a model: 'chain' for `sequential`, whose input and output have no names, or those of a graph. */
export type ModelTypes = 'chain' | GraphTypes;

/** The {@link GraphTypes} of a graph with these inputs and outputs. */
export interface GraphTypesOf<
  Inputs extends Readonly<Record<string, SignalShape>>,
  Outputs extends Readonly<Record<string, Node>>,
> {
  readonly inputs: { readonly [Name in keyof Inputs & string]: Inputs[Name]['kind'] };
  readonly outputs: { readonly [Name in keyof Outputs & string]: KindOf<Outputs[Name]> };
}

type KindOf<N> = N extends Node<infer Kind> ? Kind : never;

type Numbers = readonly number[] | TypedArray;

/**
 * The types of the inputs and outputs of a model or a network. A file does not tell TypeScript what it contains, so pass
 * them when you load one: `loadNetwork<TypesOf<typeof model>>(file, backend)`.
 */
export type TypesOf<Of> = Of extends { readonly '~types'?: infer Types extends ModelTypes } ? Types : never;

/** One row of an input, in the form in which samples and batches contain it. */
export type RowOf<Kind extends SignalKind> = [Kind] extends [never]
  ? ArrayInput
  : {
      tokens: Numbers | NDArrayInput;
      vector: Numbers | NDArrayInput;
      /** A sequence of one feature may be given as [time]. */
      sequence: readonly Numbers[] | Numbers | NDArrayInput;
      image: readonly (readonly Numbers[])[] | NDArrayInput;
      frames: readonly (readonly (readonly Numbers[])[])[] | NDArrayInput;
    }[Kind];

/** One step of one row, in the form that `stream.push` takes. An input without steps cannot be stepped. */
export type StepOf<Kind extends SignalKind> = [Kind] extends [never]
  ? number | ArrayInput
  : {
      tokens: number;
      vector: never;
      sequence: Numbers;
      image: never;
      frames: readonly (readonly Numbers[])[] | Numbers | NDArrayInput;
    }[Kind];

/** A batch: [batch, time, features], [batch, features], or token ids [batch, time]. In an array rows may have unequal times. */
export type BatchInput = NDArrayInput | readonly ArrayInput[];

/** A batch for a model; for a graph an object with the batch of each input by its name. */
export type BatchOf<Types extends ModelTypes> = Types extends GraphTypes
  ? { readonly [Name in keyof Types['inputs']]: NDArrayInput | readonly RowOf<Types['inputs'][Name]>[] }
  : BatchInput;

/** A prediction: nested arrays, or `{ data, shape }` if the input has this form; for a graph an object with each output by name. */
export type PredictionOf<Types extends ModelTypes, X> = Types extends GraphTypes
  ? { readonly [Name in keyof Types['outputs']]: FormOf<X[keyof X]> }
  : FormOf<X>;

type FormOf<X> = [X] extends [NDArrayInput] ? NDArray : NestedNumbers;

/** A sample: the input x, the target y, and an optional weight, one number or one for each step. */
export type SampleOf<Types extends ModelTypes> = Types extends GraphTypes
  ? {
      readonly x: { readonly [Name in keyof Types['inputs']]: RowOf<Types['inputs'][Name]> };
      /** The target of each output with a loss, by name. */
      readonly y: { readonly [Name in keyof Types['outputs']]?: ArrayInput };
      readonly weight?: number | Numbers;
    }
  : { readonly x: ArrayInput; readonly y: ArrayInput; readonly weight?: number | Numbers };

/** One value for a chain; for a graph an object with a value for each output, in which outputs may be left out. */
export type PerOutput<Types extends ModelTypes, Value> = Types extends GraphTypes
  ? { readonly [Name in keyof Types['outputs']]?: Value }
  : Value;
