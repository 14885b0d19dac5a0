/*
 * Queries of the page to the network: its predictions for a held-out passage, and its continuation of the
 * reader's text.
 */
import { type Network, seededRandom } from '@recurra/core';
import { type Plays, readable } from '../../src/plays.js';
import { drawn, type Guess, likeliest, probabilitiesOf } from '../../src/sampling.js';

/** A character, and the network's prediction of it. */
export interface Predicted {
  readonly character: string;
  /** The probability of this character. */
  readonly probability: number;
  /** The most probable characters. */
  readonly guesses: readonly Guess[];
}

export interface Order {
  readonly prompt: string;
  readonly temperature: number;
  readonly length: number;
  readonly seed: number;
}

export interface Written {
  readonly characters: readonly Predicted[];
  /** Characters of the prompt that were left out because they do not occur in the plays. */
  readonly unknown: string;
}

const PASSAGE = 320;
const GUESSES = 8;

/** A held-out passage, character by character. */
export async function picture(
  network: Network,
  { ids, end, characters }: Plays,
): Promise<readonly Predicted[]> {
  // The held-out text begins with two line ends, which are skipped.
  const passage = ids.slice(end + 2, end + 2 + PASSAGE + 1);
  const [rows] = (await network.predict([passage.slice(0, -1)])) as number[][][];
  return rows.map((scores, i) =>
    predicted(probabilitiesOf(scores, 1), passage[i + 1], characters.characters),
  );
}

/** Continues the prompt, drawing each character from the probabilities at this temperature. */
export async function answer(network: Network, plays: Plays, order: Order): Promise<Written> {
  const { characters } = plays;
  const { text: prompt, unknown } = readable(order.prompt, plays);
  const draw = seededRandom(order.seed, 'writing');
  const stream = network.stream();
  const written: Predicted[] = [];
  try {
    let scores: ArrayLike<number> = [];
    for (const id of characters.encode(prompt.join(''))) scores = await stream.push(id);
    while (written.length < order.length) {
      const probabilities = probabilitiesOf(scores, order.temperature);
      const id = drawn(probabilities, draw.uniform());
      written.push(predicted(probabilities, id, characters.characters));
      scores = await stream.push(id);
    }
  } finally {
    stream.close();
  }
  return { characters: written, unknown };
}

function predicted(probabilities: readonly number[], id: number, characters: readonly string[]): Predicted {
  return {
    character: characters[id],
    probability: probabilities[id],
    guesses: likeliest(probabilities, characters, GUESSES),
  };
}
