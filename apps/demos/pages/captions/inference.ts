/*
 * Queries of the page to the network: the names that it spells for held-out images, and how it spells that of
 * one image, letter by letter.
 */
import { greedy } from '@recurra/core';
import { type Guess, likeliest } from '../../src/sampling.js';
import type { DataOf } from '../../src/task.js';
import { imageOf, type Stroke } from '../digits/drawing.js';
import type { HeldOutImage } from '../digits/thumbs.js';
import { encode, GENERATING, LETTERS, NAMES, pixelsOf, type Speller } from './spelling.js';
import type task from './task.js';

/** A held-out image, as the network names it now. */
export interface NamedImage extends HeldOutImage {
  /** The right name. */
  readonly name: string;
  readonly spelt: string;
}

export interface HeldOut {
  /** Two of each digit. */
  readonly examples: readonly NamedImage[];
  /** The first images whose name is misspelt. */
  readonly wrong: readonly NamedImage[];
  /** The number of misspelt names, and how many of them are no name of a digit. */
  readonly misspelt: number;
  readonly nonsense: number;
}

export interface Question {
  readonly image: number | readonly Stroke[];
  /** The letters that the reader chose. The network continues after them. */
  readonly given: string;
}

/** The next letter, or the end, with its alternatives. */
export interface Choice {
  readonly letter: string;
  /** The most probable letters, the likeliest first. */
  readonly likeliest: readonly Guess[];
}

export interface Spelling {
  readonly pixels: Uint8Array;
  /** The right name; undefined for a drawing. */
  readonly name: string | undefined;
  readonly choices: readonly Choice[];
}

/** The number of misspelt images, and of letters, that are shown. */
const SHOWN = 30;
const LIKELIEST = 3;

export function isMisspelt({ name, spelt }: NamedImage): boolean {
  return name !== spelt;
}

export async function picture(network: Speller, { test }: DataOf<typeof task>): Promise<HeldOut> {
  const stream = network.stream({ image: test.map(({ pixels }) => pixelsOf(pixels)) });
  const spelt = await greedy(stream, GENERATING).finally(() => stream.close());
  const images = test.map(({ pixels, y }, index): NamedImage => {
    const letters = spelt[index].tokens.map((token) => LETTERS[token]);
    return { index, pixels, name: NAMES[y], spelt: letters.join('') };
  });
  const wrong = images.filter(isMisspelt);
  return {
    examples: NAMES.flatMap((digit) => images.filter(({ name }) => name === digit).slice(0, 2)),
    wrong: wrong.slice(0, SHOWN),
    misspelt: wrong.length,
    nonsense: wrong.filter(({ spelt }) => !NAMES.includes(spelt)).length,
  };
}

/** Undefined for an image that does not exist, and for a drawing without a point. */
export async function answer(
  network: Speller,
  { test }: DataOf<typeof task>,
  { image, given }: Question,
): Promise<Spelling | undefined> {
  const held = typeof image === 'number' ? test[image] : undefined;
  const pixels = typeof image === 'number' ? held?.pixels : imageOf(image);
  if (!pixels) return undefined;
  return { pixels, name: held && NAMES[held.y], choices: await choose(network, pixels, encode(given)) };
}

/** Spells the name after the given letters, always with the most probable letter. */
async function choose(network: Speller, pixels: Uint8Array, given: readonly number[]): Promise<Choice[]> {
  const { start, end, maxLength } = GENERATING;
  const choices: Choice[] = [];
  const stream = network.stream({ image: pixelsOf(pixels) });
  try {
    for (let token = start; choices.length < maxLength && (token !== end || choices.length === 0); ) {
      const [scores] = await stream.logProbabilities({ letters: [token] }, 'next');
      const guesses = likeliest(Array.from(scores, Math.exp), LETTERS, LETTERS.length);
      token = given[choices.length] ?? LETTERS.indexOf(guesses[0][0]);
      choices.push({ letter: LETTERS[token], likeliest: guesses.slice(0, LIKELIEST) });
    }
  } finally {
    stream.close();
  }
  return choices;
}
