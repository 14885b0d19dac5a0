/* Inputs of a model by name. A chain has one input, which is passed without a name. */
import { DataError, ShapeError } from '../errors.js';
import type { Architecture } from '../model/architecture.js';
import { didYouMean, isRecord, show } from '../options.js';
import { encodeInputs, type InputBatch, type InputOptions, rowsOf } from './inputs.js';
import type { ArrayInput, NDArrayInput } from './ndarray.js';

type Inputs = Pick<Architecture, 'inputs' | 'isChain'>;

/** The inputs of one row: the input of a chain, or for a graph an object with each input by name. */
export type NamedInputs = ArrayInput | Readonly<Record<string, ArrayInput>>;

/**
 * Returns one input of a row.
 * @param what the name of the row in messages, such as `sample 3: x`
 * @throws DataError unless the row of a graph is an object with exactly the inputs of the graph
 */
export function inputOf({ inputs, isChain }: Inputs, x: NamedInputs, name: string, what: string): ArrayInput {
  if (isChain) return x as ArrayInput;
  checkNames(what, x, Object.keys(inputs));
  return x[name];
}

/**
 * Divides a batch into rows, each with all of these inputs.
 * @param owner the beginning of error messages, such as `predict: x`
 * @param x the batch of a chain's input, or an object with the batch of each input by its name
 * @throws DataError or ShapeError for a value that is not a batch, a name that is missing or unknown, and inputs with
 *   different numbers of rows
 */
export function rowsOfInputs(
  owner: string,
  isChain: boolean,
  x: unknown,
  names: readonly string[],
): NamedInputs[] {
  if (isChain) return [...rowsOf(owner, x as Batch)];
  checkNames(owner, x, names);
  const columns = names.map((name) => rowsOf(`${owner}.${name}`, x[name] as Batch));
  const [{ length }] = columns;
  const other = columns.findIndex((column) => column.length !== length);
  if (other >= 0)
    throw new ShapeError(
      `${owner}.${names[other]} has ${columns[other].length} rows, but ${owner}.${names[0]} has ${length}`,
    );
  return Array.from({ length }, (_, row) =>
    Object.fromEntries(names.map((name, i) => [name, columns[i][row]])),
  );
}

type Batch = NDArrayInput | readonly ArrayInput[];

/** {@link InputOptions}, with the lengths and the time of each input by its name. */
export interface NamedInputOptions extends Pick<InputOptions, 'indices'> {
  readonly lengthsOf?: (name: string) => InputOptions['lengths'];
  readonly timeOf?: (name: string) => InputOptions['time'];
}

/**
 * Encodes the rows of a batch as arrays, one for each input, by name.
 * @throws DataError for rows that do not fit; see {@link encodeInputs} and {@link inputOf}
 */
export function encodeNamedInputs(
  model: Inputs,
  xs: readonly NamedInputs[],
  options: NamedInputOptions,
): Record<string, InputBatch> {
  const { indices, lengthsOf, timeOf } = options;
  const encoded: Record<string, InputBatch> = {};
  for (const [name, { shape, vocabulary }] of Object.entries(model.inputs)) {
    const rows = xs.map((x, row) => inputOf(model, x, name, `sample ${indices?.[row] ?? row}: x`));
    encoded[name] = encodeInputs(rows, shape, {
      indices,
      lengths: lengthsOf?.(name),
      time: 'time' in shape ? (shape.time ?? timeOf?.(name)) : undefined,
      vocabulary,
      name: model.isChain ? undefined : `x.${name}`,
    });
  }
  return encoded;
}

/** Checks the names of an object's properties. @throws DataError unless `value` is an object with exactly these names */
export function checkNames(
  what: string,
  value: unknown,
  names: readonly string[],
): asserts value is Readonly<Record<string, ArrayInput>> {
  if (!isRecord(value)) throw new DataError(`${what} must be { ${names.join(', ')} }, not ${show(value)}`);
  for (const name in value) {
    if (!names.includes(name))
      throw new DataError(`${what}: there is no ${show(name)}${didYouMean(name, names)}`);
  }
  for (const name of names) if (value[name] === undefined) throw new DataError(`${what}: ${name} is missing`);
}
