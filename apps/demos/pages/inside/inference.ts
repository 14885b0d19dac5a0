/* Queries of the page to the network: the signals of its recurrent layer and its guesses, along a text. */
import type { NDArray, Network } from '@recurra/core';
import { type Plays, readable } from '../../src/plays.js';
import { type Guess, likeliest, probabilitiesOf } from '../../src/sampling.js';

export interface Inside {
  readonly text: readonly string[];
  /** rnn, gru or lstm. */
  readonly cell: string;
  /** Keyed by the letter in the equations: for each character, the value of every unit. */
  readonly signals: Readonly<Record<string, readonly (readonly number[])[]>>;
  /** After each character, the most probable next ones. */
  readonly guesses: readonly (readonly Guess[])[];
  /** Characters of the text that were left out because they do not occur in the plays. */
  readonly unknown: string;
}

export const TEXT = 'To be, or not to be: that is the question';
const RECURRENT = 1;
/** The equations' letter for each signal. */
const LETTERS: Readonly<Record<string, string>> = {
  inputGate: 'i',
  forgetGate: 'f',
  outputGate: 'o',
  cell: 'c',
  resetGate: 'r',
  updateGate: 'z',
  output: 'h',
};
const CANDIDATE: Readonly<Record<string, string>> = { lstm: 'g', gru: 'n' };
const GUESSES = 5;

export function picture(network: Network, data: Plays): Promise<Inside> {
  return answer(network, data, TEXT);
}

export async function answer(network: Network, plays: Plays, prompt: string): Promise<Inside> {
  const { characters } = plays;
  const { text, unknown } = readable(prompt, plays);
  const ids = characters.encode(text.join(''));
  const { kind } = network.model.nodes[RECURRENT].layer;
  const { steps } = await network.inspect([ids], { layer: RECURRENT });
  const [rows] = (await network.predict([ids])) as number[][][];
  return {
    text,
    cell: kind,
    signals: Object.fromEntries(
      Object.entries(steps).map(([name, values]) => [LETTERS[name] ?? CANDIDATE[kind], stepsOf(values)]),
    ),
    guesses: rows.map((scores) => likeliest(probabilitiesOf(scores, 1), characters.characters, GUESSES)),
    unknown,
  };
}

/** [steps][units] of the only row in the batch. */
function stepsOf({ data, shape: [time, , units] }: NDArray): number[][] {
  return Array.from({ length: time }, (_, t) => Array.from(data.slice(t * units, (t + 1) * units)));
}
