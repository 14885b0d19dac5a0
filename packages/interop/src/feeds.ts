/* The inputs that a user gives to a model: named arrays, all checked before anything is computed. */
import { DataError, type NDArray, type Shape, ShapeError } from '@recurra/core';
import { isRecord, levenshtein, show, sizeOf } from '@recurra/core/backend';
import type { Port } from './ports.js';

/** An array for an input: its elements in row-major order, in a typed array or a plain array. */
export interface Feed {
  readonly shape: Shape;
  readonly data: ArrayLike<number> | ArrayLike<bigint>;
}

export type Feeds = Readonly<Record<string, Feed>>;

/**
 * @returns an array for each input, by name
 * @throws DataError for an input that is missing or unknown, or has elements that are not numbers; ShapeError if the number
 *   of elements does not match the shape
 */
export function checkFeeds(inputs: readonly Port[], feeds: unknown): Record<string, Feed> {
  const names = inputs.map(({ name }) => name);
  const expected = `the model's inputs are ${list(names)}`;
  if (!isRecord(feeds)) {
    throw new DataError(`${expected}: each must be given by name, as { shape, data }, not ${show(feeds)}`);
  }
  const missing = names.filter((name) => !Object.hasOwn(feeds, name) || feeds[name] === undefined);
  const unknown = Object.keys(feeds).filter((name) => !names.includes(name));
  if (missing.length > 0 || unknown.length > 0) {
    const problems = [
      missing.length > 0 ? `${list(missing)} missing` : '',
      unknown.length > 0 ? `no input ${list(unknown)}${suggestion(unknown[0], missing)}` : '',
    ];
    throw new DataError(`${expected}: ${problems.filter(Boolean).join('; ')}`);
  }
  return Object.fromEntries(names.map((name) => [name, checkFeed(`input ${name}`, feeds[name])]));
}

function checkFeed(what: string, feed: unknown): Feed {
  const { shape, data } = isRecord(feed) ? feed : {};
  const isArray = Array.isArray(data) || (ArrayBuffer.isView(data) && !(data instanceof DataView));
  if (!Array.isArray(shape) || !isArray) {
    throw new DataError(`${what} must be { shape: […], data: an array of numbers }, not ${show(feed)}`);
  }
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new ShapeError(`${what}: the shape must have whole numbers, not ${show(shape)}`);
  }
  const numbers = data as ArrayLike<unknown>;
  if (numbers.length !== sizeOf(shape)) {
    throw new ShapeError(`${what}: ${numbers.length} numbers do not fill the shape [${shape}]`);
  }
  const wrong = Array.isArray(data) ? data.findIndex((x) => !['number', 'bigint'].includes(typeof x)) : -1;
  if (wrong >= 0) {
    throw new DataError(`${what}: element ${wrong} must be a number, not ${show(numbers[wrong])}`);
  }
  return { shape, data } as Feed;
}

/** A feed as floating-point numbers. */
export function toFloats({ shape, data }: Feed): NDArray {
  const isFloat = data instanceof Float32Array || data instanceof Float64Array;
  return { shape, data: isFloat ? data : Float64Array.from(data as ArrayLike<number | bigint>, Number) };
}

function suggestion(name: string, known: readonly string[]): string {
  const near = known.find(
    (other) => Math.abs(other.length - name.length) <= 2 && levenshtein(name, other) <= 2,
  );
  return near === undefined ? '' : `; did you mean ${near}?`;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => (name.length > 80 ? `${name.slice(0, 77)}…` : name));
  return shown.join(', ') + (names.length > 10 ? ` and ${names.length - 10} more` : '');
}
