/* The names of the digits, letter by letter, and how a network spells them. */
import {
  evaluateGenerated,
  type GenerateOptions,
  greedy,
  type NDArray,
  type Network,
  type SampleOf,
} from '@recurra/core';
import { type Digit, digitsOf, SIDE, shiftedAnew } from '../digits/images.js';

/** Sees an image, and says for each letter so far how probable each next one is. */
export interface SpellerTypes {
  readonly inputs: { readonly image: 'image'; readonly letters: 'tokens' };
  readonly outputs: { readonly next: 'sequence' };
}

export type Speller = Network<SpellerTypes>;

export const NAMES = 'zero one two three four five six seven eight nine'.split(' ');

/** The end of a name, which is also what the decoder starts from, and the letters that occur in the names. */
export const LETTERS: readonly string[] = ['end', ...[...new Set(NAMES.join(''))].sort()];

const END = LETTERS.indexOf('end');

/**
 * How a name is generated. It has at most seven letters and an end, because a network that has not learnt much might never
 * end.
 */
export const GENERATING = { start: END, end: END, maxLength: 8 } satisfies GenerateOptions;

/** The tokens of a name, without its end. */
export function encode(name: string): number[] {
  return [...name].map((letter) => LETTERS.indexOf(letter));
}

/** The network's input: [SIDE, SIDE, 1], 0 for paper to 1 for ink. */
export function pixelsOf(pixels: Uint8Array): NDArray {
  return { data: Float32Array.from(pixels, (ink) => ink / 255), shape: [SIDE, SIDE, 1] };
}

/** x is the image and the letters before each that is to be written, y is that letter; the last is the end. */
export function sampleOf({ pixels, y }: Digit): SampleOf<SpellerTypes> {
  const name = encode(NAMES[y]);
  return { x: { image: pixelsOf(pixels), letters: [END, ...name] }, y: { next: [...name, END] } };
}

/** The digits of the files; in each pass through the training data, every image is shifted by up to `most` pixels. */
export async function namedDigits(files: readonly Uint8Array[], most: number) {
  const { known, test } = await digitsOf(files);
  const moved = shiftedAnew(known, most);
  return { training: () => moved().map(sampleOf), known, test };
}

/** The share of images whose name the network spells without a mistake. It is given no letter: it reads its own. */
export async function spelt(network: Speller, digits: readonly Digit[]): Promise<number> {
  const samples = digits.map(({ pixels, y }) => ({ x: { image: pixelsOf(pixels) }, y: encode(NAMES[y]) }));
  const { exactMatch } = await evaluateGenerated(network, samples, {
    generate: (stream) => greedy(stream, GENERATING),
    batchSize: 100,
  });
  return exactMatch;
}
