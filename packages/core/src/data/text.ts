import { DataError } from '../errors.js';
import { checkOptions, custom, oneOf, optional, positiveInteger, show } from '../options.js';
import { type TypedArray, toNDArray } from './ndarray.js';
import type { Sample } from './samples.js';

/** A mapping between the characters of a text and their ids. */
export interface Vocabulary {
  /** The characters in the order of their ids. `vocabulary(characters.join(''))` gives the same vocabulary. */
  readonly characters: readonly string[];
  /** The number of characters, for `embedding({ inputDim })` or a dense layer's units. */
  readonly size: number;
  /** @throws DataError for a character that is not in the vocabulary, unless the option `unknown` was set */
  encode(text: string): number[];
  /** @throws DataError for an id that is not in the vocabulary */
  decode(ids: readonly number[] | TypedArray): string;
}

/**
 * Assigns an id to each character (Unicode code point) of `text`, in sorted order.
 *
 * @param options.unknown a character that replaces characters that are not in `text`. Default: such characters cause an
 *   error
 * @throws DataError if `text` is not a string; OptionError for an invalid option
 */
export function vocabulary(text: string, options: { unknown?: string } = {}): Vocabulary {
  checkText('vocabulary', text);
  const { unknown } = checkOptions('vocabulary', options, {
    unknown: optional(custom<string>('a character', (x) => typeof x === 'string' && [...x].length === 1)),
  });
  const characters = [...new Set(text + (unknown ?? ''))].sort();
  const ids = new Map(characters.map((character, id) => [character, id]));
  return {
    characters,
    size: characters.length,
    encode(text) {
      checkText('encode', text);
      return Array.from(text, (character, at) => {
        const id = ids.get(character) ?? ids.get(unknown ?? '');
        if (id === undefined)
          throw new DataError(`character ${at}, ${show(character)}, is not in the vocabulary`);
        return id;
      });
    },
    decode: (ids) =>
      Array.from(toNDArray(ids, 'ids').data, (id) => {
        if (characters[id] !== undefined) return characters[id];
        throw new DataError(`${id} is not the id of a character; the vocabulary has ${characters.length}`);
      }).join(''),
  };
}

export interface TextWindowOptions {
  /** The number of steps in each x. */
  readonly length: number;
  /** The number of steps from the start of one window to the start of the next. Default `length`, for no overlap. */
  readonly stride?: number;
  /** The targets: the next id after each step, or only the id after the last step. Default 'eachStep'. */
  readonly targets?: 'eachStep' | 'last';
}

/**
 * Cuts a text into windows for next-character prediction: x is `length` ids, and y is the ids one step later.
 * @throws DataError for a text that is too short; OptionError for an invalid option
 */
export function textWindows(ids: readonly number[] | TypedArray, options: TextWindowOptions): Sample[] {
  const { length, stride, targets } = checkOptions('textWindows', options, {
    length: positiveInteger,
    stride: optional(positiveInteger, options?.length),
    targets: optional(oneOf('eachStep', 'last'), 'eachStep'),
  });
  const all = Array.from(toNDArray(ids, 'ids').data);
  if (all.length <= length) {
    throw new DataError(
      `textWindows: ${all.length} ids are too few for a length of ${length} and the id after it`,
    );
  }
  const count = Math.floor((all.length - 1 - length) / stride) + 1;
  return Array.from({ length: count }, (_, i) => {
    const start = i * stride;
    const end = start + length;
    return { x: all.slice(start, end), y: targets === 'last' ? all[end] : all.slice(start + 1, end + 1) };
  });
}

function checkText(owner: string, text: unknown): void {
  if (typeof text !== 'string') throw new DataError(`${owner}: the text must be a string, not ${show(text)}`);
}
