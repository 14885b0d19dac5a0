/* The types of a model's inputs and outputs, for samples, predictions and options. */
import type { ArrayInput, NDArray, NDArrayInput, NestedNumbers, TypedArray } from '../data/ndarray.js';
import type { SignalKind, SignalShape } from '../layers/layer.js';
import type { Node } from './node.js';

/** The kinds of a graph's inputs and outputs, by name. */
export interface GraphTypes {
  readonly inputs: Readonly<Record<string, SignalKind>>;
  readonly outputs: Readonly<Record<string, SignalKind>>;
}

/** 'chain' for a model of one layer after another, which has one input and one output without names. */
export type ModelTypes = 'chain' | GraphTypes;

/** The types of a graph made of these inputs and outputs. */
export interface GraphTypesOf<
  Inputs extends Readonly<Record<string, SignalShape>>,
  Outputs extends Readonly<Record<string, Node>>,
> {
  readonly inputs: { readonly [Name in keyof Inputs & string]: Inputs[Name]['kind'] };
  readonly outputs: { readonly [Name in keyof Outputs & string]: KindOf<Outputs[Name]> };
}

type KindOf<N> = N extends Node<infer Kind> ? Kind : never;

type Numbers = readonly number[] | TypedArray;

/** The types of a model or a network: `loadNetwork<TypesOf<typeof model>>(file, backend)`. */
export type TypesOf<Of> = Of extends { readonly '~types'?: infer Types extends ModelTypes } ? Types : never;

/** One row of an input, as a user gives it. */
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

/** One step of one row, as a stream takes it. */
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

/** A prediction in the form of the input. */
export type PredictionOf<Types extends ModelTypes, X> = Types extends GraphTypes
  ? { readonly [Name in keyof Types['outputs']]: FormOf<X[keyof X]> }
  : FormOf<X>;

type FormOf<X> = [X] extends [NDArrayInput] ? NDArray : NestedNumbers;

/** What goes in and what should come out. */
export type SampleOf<Types extends ModelTypes> = Types extends GraphTypes
  ? {
      readonly x: { readonly [Name in keyof Types['inputs']]: RowOf<Types['inputs'][Name]> };
      /** A target for each output that has a loss. */
      readonly y: { readonly [Name in keyof Types['outputs']]?: ArrayInput };
      readonly weight?: number | Numbers;
    }
  : { readonly x: ArrayInput; readonly y: ArrayInput; readonly weight?: number | Numbers };

/** A value for the output, or for each of a graph's outputs by its name; outputs may be left out. */
export type PerOutput<Types extends ModelTypes, Value> = Types extends GraphTypes
  ? { readonly [Name in keyof Types['outputs']]?: Value }
  : Value;
