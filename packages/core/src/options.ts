/*
 * Every function checks its options at once, so a misspelt name or an invalid value causes an error there and not a
 * model that trains badly:
 *
 *   const { units, dropout } = checkOptions('lstm', options, {
 *     units: positiveInteger,
 *     dropout: optional(fraction, 0),
 *   });
 */
import { OptionError } from './errors.js';

/** The check of one option's value. */
export interface Check<T> {
  /** The expected value as text, to follow "must be": `a positive whole number`. */
  readonly expected: string;
  readonly accepts: (value: unknown) => value is T;
  /** The default of an optional option, set by {@link optional}. */
  readonly absent?: { readonly value: T };
}

/** The types of the options that `checks` accepts. */
export type Checked<Checks> = { [Name in keyof Checks]: Checks[Name] extends Check<infer T> ? T : never };

/**
 * Checks the options of `owner` and fills in the defaults. An option that is `undefined` counts as absent.
 * @throws OptionError for an unknown option, a missing option, or a value that fails its check
 */
export function checkOptions<Checks extends Record<string, Check<unknown>>>(
  owner: string,
  options: object | undefined,
  checks: Checks,
): Checked<Checks> {
  if (options !== undefined && !isRecord(options)) {
    throw new OptionError(`${owner}: options must be an object, not ${show(options)}`);
  }
  const values: Record<string, unknown> = { ...options };
  for (const name of Object.keys(values))
    if (!Object.hasOwn(checks, name)) unknown(owner, name, Object.keys(checks));
  const result: Record<string, unknown> = {};
  for (const [name, check] of Object.entries(checks)) {
    const value = values[name];
    if (value === undefined && check.absent) result[name] = check.absent.value;
    else if (value === undefined) {
      throw new OptionError(`${owner}: ${name} is missing; it must be ${check.expected}`);
    } else result[name] = checkValue(`${owner}: ${name}`, value, check);
  }
  return result as Checked<Checks>;
}

/** Returns `value` if `check` accepts it. @throws OptionError whose message begins with `what` */
export function checkValue<T>(what: string, value: unknown, check: Check<T>): T {
  if (!check.accepts(value)) throw new OptionError(`${what} must be ${check.expected}, not ${show(value)}`);
  return value;
}

/** Creates a check from its description and a predicate. */
export function custom<T>(expected: string, accepts: (value: unknown) => boolean): Check<T> {
  return { expected, accepts: (value): value is T => accepts(value) };
}

/** Makes an option optional, with the default value `absent`. */
export function optional<T>(check: Check<T>): Check<T | undefined>;
export function optional<T>(check: Check<T>, absent: T): Check<T>;
export function optional<T>(check: Check<T>, absent?: T): Check<T | undefined> {
  return { ...(check as Check<T | undefined>), absent: { value: absent } };
}

/** Accepts one of the names. */
export function oneOf<Name extends string>(...names: Name[]): Check<Name> {
  return custom(names.map((name) => `'${name}'`).join(' or '), (value) => names.includes(value as Name));
}

export const number: Check<number> = custom('a finite number', Number.isFinite);
export const positiveNumber: Check<number> = custom('a positive number', (x) => isFiniteNumber(x) && x > 0);
export const nonNegativeNumber: Check<number> = custom(
  'a number, 0 or more',
  (x) => isFiniteNumber(x) && x >= 0,
);
export const positiveInteger: Check<number> = custom('a positive whole number', (x) => isWhole(x) && x > 0);
export const wholeNumber: Check<number> = custom('a whole number, 0 or more', (x) => isWhole(x) && x >= 0);
/** A fraction below 1, such as a dropout rate or a momentum. */
export const fraction: Check<number> = custom(
  'a number from 0 to below 1',
  (x) => isFiniteNumber(x) && x >= 0 && x < 1,
);
export const boolean: Check<boolean> = custom('true or false', (x) => typeof x === 'boolean');
export const abortSignal: Check<AbortSignal> = custom('an AbortSignal', (x) => x instanceof AbortSignal);

/** Returns true for an object with named properties, such as options or a JSON object; false for arrays and null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The maximum length of the text that {@link show} returns. */
const longest = 60;

/** Formats a value for an error message. Long and deeply nested values are truncated. */
export function show(value: unknown): string {
  const text = inWords(value, 0);
  return text.length > longest ? `${text.slice(0, longest - 3)}…` : text;
}

/** Formats a value. It reads only as many characters and elements as can be shown. */
function inWords(value: unknown, depth: number): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return JSON.stringify(value.slice(0, longest + 1));
  if (Array.isArray(value)) {
    if (depth > 3) return '…';
    return `[${value.slice(0, longest + 1).map((element) => inWords(element, depth + 1))}]`;
  }
  if (typeof value !== 'object' || value === null) return String(value);
  const { name } = Object.getPrototypeOf(value)?.constructor ?? Object;
  if (name !== 'Object') return `a ${String(name).slice(0, longest)}`;
  const keys = Object.keys(value).slice(0, longest);
  return keys.length > 0 ? `{ ${keys.map((key) => key.slice(0, longest)).join(', ')} }` : '{}';
}

function isFiniteNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function unknown(owner: string, name: string, known: string[]): never {
  throw new OptionError(`${owner}: unknown option ${show(name)}${didYouMean(name, known)}`);
}

/** The end of a message about a misspelt name: the name that was probably meant, and all known names. */
export function didYouMean(name: string, known: readonly string[]): string {
  const isNear = (other: string) =>
    Math.abs(name.length - other.length) <= 2 && levenshtein(name.toLowerCase(), other.toLowerCase()) <= 2;
  // A long name, which only a hostile file has, would take long to compare.
  const near = name.length <= longest ? known.find(isNear) : undefined;
  return `${near ? `; did you mean "${near}"?` : '.'} Known: ${known.join(', ')}`;
}

/** The Levenshtein distance: the number of elements to insert, delete or replace. */
export function levenshtein(a: ArrayLike<unknown>, b: ArrayLike<unknown>): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= b.length; j++) {
      row[j] = Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
  }
  return row[b.length];
}
