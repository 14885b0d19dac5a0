import { FormatError, UnsupportedError } from '@recurra/core';
import { isRecord } from '@recurra/core/backend';

/** The configuration of a Keras layer; each value is checked when it is read. */
export class Config {
  /** The layer's name in messages: `lstm_1 (LSTM)`. */
  readonly owner: string;
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(owner: string, values: unknown) {
    if (!isRecord(values)) throw new FormatError(`${owner}: its config must be an object`);
    this.owner = owner;
    this.#values = values;
  }

  /** The value of an option; undefined if it is absent or null. */
  get(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? (this.#values[name] ?? undefined) : undefined;
  }

  number(name: string, absent?: number): number {
    const value = this.get(name) ?? absent;
    if (typeof value !== 'number' || !Number.isFinite(value)) return this.#wrong(name, 'a number', value);
    return value;
  }

  boolean(name: string, absent: boolean): boolean {
    const value = this.get(name) ?? absent;
    if (typeof value !== 'boolean') return this.#wrong(name, 'true or false', value);
    return value;
  }

  /** A whole number, which Keras may store in a list of one: `kernel_size`, `strides`. */
  single(name: string, absent?: number): number {
    const value = this.get(name) ?? absent;
    const single = Array.isArray(value) && value.length === 1 ? value[0] : value;
    if (!Number.isSafeInteger(single)) return this.#wrong(name, 'a whole number', value);
    return single as number;
  }

  /** @throws UnsupportedError unless the option is absent or `only` */
  must(name: string, only: unknown): void {
    const value = this.get(name);
    if (value !== undefined && value !== only) {
      throw new UnsupportedError(
        `${this.owner}: ${name} ${text(value)} is not supported, only ${text(only)}`,
      );
    }
  }

  /** @throws UnsupportedError unless the axis is the last one, the features */
  mustBeLastAxis(name: string, rank: number): void {
    const value = this.get(name) ?? -1;
    const axis = Array.isArray(value) && value.length === 1 ? value[0] : value;
    if (axis !== -1 && axis !== rank - 1) {
      throw new UnsupportedError(
        `${this.owner}: ${name} ${text(value)} is not supported, only the last axis`,
      );
    }
  }

  #wrong(name: string, expected: string, value: unknown): never {
    throw new FormatError(`${this.owner}: ${name} must be ${expected}, not ${text(value)}`);
  }
}

/** A value from a JSON file for messages, shortened if it is long. */
export function text(value: unknown): string {
  const json = JSON.stringify(value) ?? 'nothing';
  return json.length > 60 ? `${json.slice(0, 57)}…` : json;
}
