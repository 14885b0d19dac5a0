/* Named arrays in JSON: `{ "name": { "shape": […], "data": […] }, … }`. */
import { DataError, type NDArray } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';

/** JSON has no notation for these numbers, so they are strings. */
const nonFinite = ['NaN', 'Infinity', '-Infinity'];

/** Reads named arrays from JSON. @throws DataError, with the array's name, if it has another form */
export function arraysFrom(json: unknown, path: string): Record<string, NDArray> {
  if (!isRecord(json)) throw new DataError(`${path} must be { "name": { "shape": […], "data": […] }, … }`);
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [name, arrayFrom(value, `${path}: ${name}`)]),
  );
}

function arrayFrom(value: unknown, what: string): NDArray {
  const { shape, data } = isRecord(value) ? value : {};
  if (!Array.isArray(shape) || !Array.isArray(data)) {
    throw new DataError(`${what} must be { "shape": […], "data": […] }`);
  }
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new DataError(`${what}: the shape must be whole numbers, not [${shape}]`);
  }
  if (sizeOf(shape) !== data.length) {
    throw new DataError(`${what}: ${data.length} numbers do not fill the shape [${shape}]`);
  }
  const at = data.findIndex((x) => typeof x !== 'number' && !nonFinite.includes(x));
  if (at >= 0) throw new DataError(`${what}: element ${at} is ${JSON.stringify(data[at])}, not a number`);
  return { shape, data: Float64Array.from(data, Number) };
}

/** Writes named arrays as JSON. Every number is exact. */
export function arraysToJson(arrays: Readonly<Record<string, NDArray>>): string {
  const plain = ({ shape, data }: NDArray) => ({
    shape,
    data: Array.from(data, (x) => (Number.isFinite(x) ? x : String(x))),
  });
  return JSON.stringify(
    Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, plain(array)])),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
