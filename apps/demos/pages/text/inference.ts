/* What the page asks of the network: how well it predicts a passage, and what it writes after the reader's words. */
import { type Network, random } from '@recurra/core';
import { drawn, probabilitiesOf } from '../../src/sampling.js';
import type { DataOf } from '../../src/task.js';
import type task from './task.js';

type Plays = DataOf<typeof task>;

/** A character, and what the network thought before it came. */
export interface Foretold {
  readonly character: string;
  /** What it gave this character, 0 to 1. */
  readonly probability: number;
  /** The most probable ones, with their probabilities. */
  readonly guesses: readonly (readonly [character: string, probability: number])[];
}

export interface Order {
  readonly prompt: string;
  readonly temperature: number;
  readonly length: number;
  readonly seed: number;
}

export interface Written {
  readonly characters: readonly Foretold[];
  /** Characters of the prompt that the plays do not have, and that were left out. */
  readonly unknown: string;
}

const PASSAGE = 320;
const GUESSES = 8;

/** A passage of the text kept back, character by character. */
export async function picture(
  network: Network,
  { ids, end, characters }: Plays,
): Promise<readonly Foretold[]> {
  // Two line ends come first.
  const passage = ids.slice(end + 2, end + 2 + PASSAGE + 1);
  const [rows] = (await network.predict([passage.slice(0, -1)])) as number[][][];
  return rows.map((scores, i) => foretold(probabilitiesOf(scores, 1), passage[i + 1], characters.characters));
}

/** Writes on after the prompt, by the probabilities at this temperature: below 1 the likely becomes likelier. */
export async function answer(network: Network, { characters }: Plays, order: Order): Promise<Written> {
  const known = new Set(characters.characters);
  const prompt = [...order.prompt].filter((character) => known.has(character));
  const unknown = [...new Set(order.prompt)].filter((character) => !known.has(character)).join('');
  const draw = random(order.seed, 'writing');
  const stream = network.stream();
  const written: Foretold[] = [];
  try {
    // Nothing came before a play's first line but the end of another.
    let scores: ArrayLike<number> = [];
    for (const id of characters.encode(prompt.length > 0 ? prompt.join('') : '\n'))
      scores = await stream.push(id);
    while (written.length < order.length) {
      const probabilities = probabilitiesOf(scores, order.temperature);
      const id = drawn(probabilities, draw.uniform());
      written.push(foretold(probabilities, id, characters.characters));
      scores = await stream.push(id);
    }
  } finally {
    stream.close();
  }
  return { characters: written, unknown };
}

function foretold(probabilities: readonly number[], id: number, characters: readonly string[]): Foretold {
  const guesses = probabilities.map((probability, i) => [characters[i], probability] as const);
  guesses.sort(([, a], [, b]) => b - a);
  return { character: characters[id], probability: probabilities[id], guesses: guesses.slice(0, GUESSES) };
}
