/* What the page asks of the network: the inside of its recurrent layer, and its guesses, along a text. */
import type { NDArray, Network } from '@recurra/core';
import type { DataOf } from '../../src/task.js';
import type task from './task.js';

type Plays = DataOf<typeof task>;

export interface Inside {
  readonly text: readonly string[];
  /** rnn, gru or lstm. */
  readonly cell: string;
  /** By the letter in the equations: for each character the values of all units. */
  readonly signals: Readonly<Record<string, readonly (readonly number[])[]>>;
  /** After each character, the most probable next ones. */
  readonly guesses: readonly (readonly (readonly [character: string, probability: number])[])[];
  /** Characters of the text that the plays do not have, and that were left out. */
  readonly unknown: string;
}

export const TEXT = 'To be, or not to be: that is the question';
const RECURRENT = 1;
/** What the equations call each. */
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

export async function answer(network: Network, { characters }: Plays, wanted: string): Promise<Inside> {
  const known = new Set(characters.characters);
  const text = [...wanted].filter((character) => known.has(character));
  const unknown = [...new Set(wanted)].filter((character) => !known.has(character)).join('');
  // Nothing came before a play's first line but the end of another.
  const ids = characters.encode(text.length > 0 ? text.join('') : '\n');
  const { kind } = network.model.layers[RECURRENT];
  const { steps } = await network.inspect([ids], { layer: RECURRENT });
  const [rows] = (await network.predict([ids])) as number[][][];
  return {
    text: text.length > 0 ? text : ['\n'],
    cell: kind,
    signals: Object.fromEntries(
      Object.entries(steps).map(([name, values]) => [LETTERS[name] ?? CANDIDATE[kind], stepsOf(values)]),
    ),
    guesses: rows.map((scores) => likeliest(scores, characters.characters)),
    unknown,
  };
}

/** The values of each step, of one row. */
function stepsOf({ data, shape: [time, , units] }: NDArray): number[][] {
  return Array.from({ length: time }, (_, t) => Array.from(data.slice(t * units, (t + 1) * units)));
}

function likeliest(scores: readonly number[], characters: readonly string[]): [string, number][] {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  const all = powers.map((power, i): [string, number] => [characters[i], power / total]);
  return all.sort(([, a], [, b]) => b - a).slice(0, GUESSES);
}
