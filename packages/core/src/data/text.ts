import { DataError } from '../errors.js';
import { checkOptions, custom, oneOf, optional, positiveInteger, show } from '../options.js';
import { type TypedArray, toNDArray } from './ndarray.js';
import type { Sample } from './samples.js';

/** The characters of a text, numbered. */
export interface Vocabulary {
  /** In the order of their numbers; `vocabulary(characters.join(''))` is the same again. */
  readonly characters: readonly string[];
  /** Their count: for `embedding({ inputDim })` or a dense layer's units. */
  readonly size: number;
  /** @throws DataError for a character that is not in the vocabulary, unless one stands in for these */
  encode(text: string): number[];
  /** @throws DataError for a number without a character */
  decode(ids: readonly number[] | TypedArray): string;
}

/**
 * Numbers the characters (Unicode code points) of `text` in their order.
 *
 * @param options.unknown a character that stands in for those that are not in `text`; absent: they are an error
 * @throws DataError for what is no text; OptionError
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
        throw new DataError(
          `${id} is not the number of a character; the vocabulary has ${characters.length}`,
        );
      }).join(''),
  };
}

export interface TextWindowOptions {
  /** Steps in each x. */
  readonly length: number;
  /** Steps from one window's start to the next's. Default `length`: no overlap. */
  readonly stride?: number;
  /** What to predict: the next id after each step, or only the id after the last step. Default 'eachStep'. */
  readonly targets?: 'eachStep' | 'last';
}

/**
 * The windows of a text, for foretelling the next character: x is `length` ids, y the ids one further on.
 * @throws DataError for a text that is too short; OptionError
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
