/* The types of the scores that `evaluate` and `fit` return. */
import type { GraphTypes, ModelTypes, PerOutput } from '../model/types.js';
import type { AnyMetric, Metric, MetricValue } from './metric.js';
import type { MetricList, MetricName } from './resolve-metrics.js';

/** The metrics of the output of a model, or of each output of a graph. */
export type MetricsOf<Types extends ModelTypes> = PerOutput<Types, MetricList>;

/** Forbids metrics for outputs that do not exist. */
export type OnlyOutputs<Types extends ModelTypes, Metrics> = Types extends GraphTypes
  ? { readonly [Name in Exclude<keyof Metrics, keyof Types['outputs']>]: never }
  : unknown;

/**
 * The mean loss, and each metric by its name. For a graph, the loss is the weighted sum over its outputs; the losses and
 * metrics of the outputs are named `OUTPUT.loss`, `OUTPUT.accuracy`. If `Metrics` is a literal type, each score has the type
 * of its metric. `unaligned` is the number of samples that the loss left out, because their labels cannot be aligned; it is
 * present for the loss `ctc` with `zeroInfinity`.
 */
export type Scores<
  Types extends ModelTypes = ModelTypes,
  Metrics extends MetricsOf<Types> = MetricsOf<Types>,
> = { readonly loss: number; readonly unaligned?: number } & (ModelTypes extends Types
  ? AnyScores
  : Types extends GraphTypes
    ? GraphScores<Types, Metrics>
    : ListScores<Metrics, ''>);

/** The scores of metrics that are only known at run time. */
type AnyScores = { readonly [Name in MetricName]?: number } & {
  readonly [name: string]: MetricValue | undefined;
};

type ListScores<List, Prefix extends string> = List extends MetricList
  ? AnyMetric extends List[number]
    ? AnyScores
    : number extends List['length']
      ? Partial<Named<List, Prefix>>
      : Named<List, Prefix>
  : unknown;

type Named<List extends MetricList, Prefix extends string> = {
  readonly [One in List[number] as `${Prefix}${NameOf<One>}`]: ValueOf<One>;
};

type GraphScores<Types extends GraphTypes, Metrics> = {
  readonly [Name in keyof Types['outputs'] & string as `${Name}.loss`]?: number;
} & Intersection<
  { [Name in keyof Metrics & string]: ListScores<Metrics[Name], `${Name}.`> }[keyof Metrics & string]
>;

type NameOf<One> = One extends { readonly name: infer Name extends string } ? Name : One & string;

type ValueOf<One> = One extends Metric<infer Value extends MetricValue> ? Value : number;

/** A & B of A | B. */
type Intersection<Union> = (Union extends unknown ? (one: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;
