import { FormatError } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import type { Values } from './numbers.js';

/** Arrays by name. */
export type Weights = Readonly<Record<string, Values>>;

/**
 * The fields of one object in a file. Each field is read once; {@link end} throws if a field was not read.
 */
export class Fields {
  readonly #file: string;
  readonly #path: string;
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #taken = new Set<string>();

  constructor(file: string, path: string, json: unknown) {
    this.#file = file;
    this.#path = path;
    if (typeof json !== 'object' || json === null || Array.isArray(json)) this.fail('', 'an object', json);
    this.#object = json as Record<string, unknown>;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#object, name);
  }

  optional(name: string, take: () => void): void {
    if (this.has(name)) take();
  }

  end(): void {
    for (const name of Object.keys(this.#object)) {
      if (!this.#taken.has(name))
        this.fail(name, `one of ${[...this.#taken].join(', ')}`, 'an unknown field');
    }
  }

  fail(name: string, expected: string, actual: unknown = this.#object[name]): never {
    const field = [this.#path, name].filter(Boolean).join('.') || 'the file';
    const shown = actual === undefined ? 'missing' : (JSON.stringify(actual)?.slice(0, 60) ?? String(actual));
    throw new FormatError(`${this.#file}: ${field} is ${shown}; expected ${expected}`);
  }

  /** A field of any type. */
  any(name: string): unknown {
    this.#taken.add(name);
    return this.has(name) ? this.#object[name] : this.fail(name, 'to be there');
  }

  inner(name: string): Fields {
    return new Fields(this.#file, [this.#path, name].filter(Boolean).join('.'), this.any(name));
  }

  string(name: string): string {
    const value = this.any(name);
    return typeof value === 'string' ? value : this.fail(name, 'a string');
  }

  number(name: string): number {
    const value = this.any(name);
    return Number.isFinite(value) ? (value as number) : this.fail(name, 'a number');
  }

  count(name: string, least: number): number {
    const value = this.any(name);
    const right = Number.isSafeInteger(value) && (value as number) >= least;
    return right ? (value as number) : this.fail(name, `a whole number, ${least} or more`);
  }

  oneOf<T>(name: string, choices: readonly T[]): T {
    const value = this.any(name) as T;
    return choices.includes(value)
      ? value
      : this.fail(name, `one of ${choices.map((x) => JSON.stringify(x)).join(', ')}`);
  }

  list(name: string, expected: readonly (string | number)[]): void {
    const value = this.any(name);
    if (JSON.stringify(value) !== JSON.stringify(expected)) this.fail(name, JSON.stringify(expected));
  }

  numbers(name: string, count?: number): readonly number[] {
    const value = this.any(name);
    const right =
      Array.isArray(value) && value.every(Number.isFinite) && value.length === (count ?? value.length);
    return right && value.length > 0 ? value : this.fail(name, `${count ?? 'some'} numbers`);
  }

  /** Valid steps of each row; null: all. */
  lengths(name: string, batch: number, timeSteps: number): readonly number[] | null {
    return this.any(name) === null ? null : this.wholeNumbers(name, batch, timeSteps, 'null, or ');
  }

  /** @param or what else the field may be, for the message */
  wholeNumbers(name: string, count: number, most: number, or = ''): readonly number[] {
    const value = this.any(name);
    const whole = (n: unknown) => Number.isSafeInteger(n) && (n as number) >= 0 && (n as number) <= most;
    const right = Array.isArray(value) && value.length === count && value.every(whole);
    return right ? value : this.fail(name, `${or}${count} whole numbers from 0 to ${most}`);
  }

  /** The declared shape of a tensor. */
  shape(name: string, rank: number): readonly number[] {
    const shape = this.inner(name).any('shape');
    const right =
      Array.isArray(shape) && shape.length === rank && shape.every((n) => Number.isSafeInteger(n) && n > 0);
    return right ? shape : this.fail(`${name}.shape`, `${rank} sizes`, shape);
  }

  tensor(name: string, shape: readonly number[]): Values {
    const tensor = this.inner(name);
    const actual = tensor.any('shape');
    if (JSON.stringify(actual) !== JSON.stringify(shape)) this.fail(`${name}.shape`, `[${shape}]`, actual);
    const data = tensor.numbers('data', sizeOf(shape));
    tensor.end();
    return { shape, data };
  }

  tensors(name: string, shapes: Readonly<Record<string, readonly number[]>>): Weights {
    const inner = this.inner(name);
    const tensors = Object.entries(shapes).map(([key, shape]) => [key, inner.tensor(key, shape)] as const);
    inner.end();
    return Object.fromEntries(tensors);
  }
}
