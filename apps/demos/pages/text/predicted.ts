import { type Guess, likeliest } from '../../src/sampling.js';

/** A character, and a network's prediction of it. */
export interface Predicted {
  readonly character: string;
  /** The probability of this character. */
  readonly probability: number;
  /** The most probable characters. */
  readonly guesses: readonly Guess[];
}

const GUESSES = 8;

/** The prediction of the character `id`, from the probability of each of the vocabulary's characters. */
export function predicted(
  probabilities: readonly number[],
  id: number,
  characters: readonly string[],
): Predicted {
  return {
    character: characters[id],
    probability: probabilities[id],
    guesses: likeliest(probabilities, characters, GUESSES),
  };
}
