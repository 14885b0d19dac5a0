/* Networks continue the reader's text. */
import { type Network, seededRandom } from '@recurra/core';
import { type Plays, readable } from '../../src/plays.js';
import { drawn, probabilitiesOf } from '../../src/sampling.js';
import { type Predicted, predicted } from './predicted.js';

export interface Order {
  readonly prompt: string;
  readonly temperature: number;
  readonly length: number;
  readonly seed: number;
}

/** The continuations of one prompt. The same random numbers draw the characters of both. */
export interface Written {
  readonly float32: readonly Predicted[];
  readonly int8: readonly Predicted[];
  /** Characters of the prompt that were left out because they do not occur in the plays. */
  readonly unknown: string;
}

/** @param int8 the quantised copy of `float32` */
export async function write(float32: Network, int8: Network, plays: Plays, order: Order): Promise<Written> {
  const { text, unknown } = readable(order.prompt, plays);
  const prompt = plays.characters.encode(text.join(''));
  return {
    float32: await continuation(float32, plays, prompt, order),
    int8: await continuation(int8, plays, prompt, order),
    unknown,
  };
}

/** Draws each character from its probabilities at this temperature. */
async function continuation(
  network: Network,
  { characters: { characters } }: Plays,
  prompt: readonly number[],
  { temperature, length, seed }: Order,
): Promise<readonly Predicted[]> {
  const draw = seededRandom(seed, 'writing');
  const stream = network.stream();
  const written: Predicted[] = [];
  try {
    let scores: ArrayLike<number> = [];
    for (const id of prompt) scores = await stream.push(id);
    while (written.length < length) {
      const probabilities = probabilitiesOf(scores, temperature);
      const id = drawn(probabilities, draw.uniform());
      written.push(predicted(probabilities, id, characters));
      scores = await stream.push(id);
    }
  } finally {
    stream.close();
  }
  return written;
}
