/*
 * Options are checked when they are given, so that a misspelt name or an impossible value is an error there and not a
 * model that trains oddly:
 *
 *   const { units, dropout } = checkOptions('lstm', given, {
 *     units: positiveInteger,
 *     dropout: optional(fraction, 0),
 *   });
 */
import { OptionError } from './errors.js';

/** What one option may be. */
export interface Check<T> {
  /** In words, to follow "must be": `a positive whole number`. */
  readonly expected: string;
  readonly accepts: (value: unknown) => value is T;
  /** Set by {@link optional}: what an absent option is taken for. */
  readonly absent?: { readonly value: T };
}

/** The types of the options that `checks` describe. */
export type Checked<Checks> = { [Name in keyof Checks]: Checks[Name] extends Check<infer T> ? T : never };

/**
 * The options of `owner`, with the defaults filled in. An option that is `undefined` is absent.
 * @throws OptionError for an unknown option, a missing one, or a value that its check does not accept
 */
export function checkOptions<Checks extends Record<string, Check<unknown>>>(
  owner: string,
  given: object | undefined,
  checks: Checks,
): Checked<Checks> {
  if (given !== undefined && !isRecord(given)) {
    throw new OptionError(`${owner}: options must be an object, not ${show(given)}`);
  }
  const values: Record<string, unknown> = { ...given };
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

/** `value`, if `check` accepts it. @throws OptionError that begins with `what` */
export function checkValue<T>(what: string, value: unknown, check: Check<T>): T {
  if (!check.accepts(value)) throw new OptionError(`${what} must be ${check.expected}, not ${show(value)}`);
  return value;
}

/** A custom check. */
export function custom<T>(expected: string, accepts: (value: unknown) => boolean): Check<T> {
  return { expected, accepts: (value): value is T => accepts(value) };
}

/** May be left out: then it is `absent`. */
export function optional<T>(check: Check<T>): Check<T | undefined>;
export function optional<T>(check: Check<T>, absent: T): Check<T>;
export function optional<T>(check: Check<T>, absent?: T): Check<T | undefined> {
  return { ...(check as Check<T | undefined>), absent: { value: absent } };
}

/** One of a few names. */
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
/** A share of which something must be left: a dropout rate, a momentum. */
export const fraction: Check<number> = custom(
  'a number from 0 to below 1',
  (x) => isFiniteNumber(x) && x >= 0 && x < 1,
);
export const boolean: Check<boolean> = custom('true or false', (x) => typeof x === 'boolean');
export const abortSignal: Check<AbortSignal> = custom('an AbortSignal', (x) => x instanceof AbortSignal);

/** Whether `value` is an object with names, as options and JSON objects are. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Characters that {@link show} gives at most. */
const longest = 60;

/** A value as it stands in a message, cut where it is long or deeply nested. */
export function show(value: unknown): string {
  const text = inWords(value, 0);
  return text.length > longest ? `${text.slice(0, longest - 3)}…` : text;
}

/** As many characters and elements are looked at as can be shown. */
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

/** What a misspelt name was meant to be, and which names there are: the end of a message. */
export function didYouMean(name: string, known: readonly string[]): string {
  const isNear = (other: string) =>
    Math.abs(name.length - other.length) <= 2 && levenshtein(name.toLowerCase(), other.toLowerCase()) <= 2;
  const near = known.find(isNear);
  return `${near ? `; did you mean "${near}"?` : '.'} Known: ${known.join(', ')}`;
}

/** Levenshtein's distance: how many elements to insert, delete or replace. */
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
