/*
 * Queries of the page to the network: its predictions for a held-out melody, and its continuation of the
 * reader's notes.
 */
import { type Network, seededRandom } from '@recurra/core';
import { drawn, probabilitiesOf } from '../../src/sampling.js';
import { type Melodies, nextNotes } from './melodies.js';
import { LOWEST } from './pitches.js';

/** A note, and the network's prediction of it. */
export interface Note {
  /** MIDI number. */
  readonly pitch: number;
  /** The probability of this pitch; absent for the reader's notes. */
  readonly probability?: number;
  /** The most probable pitch. */
  readonly guess?: number;
}

export interface Order {
  /** The reader's notes, MIDI numbers; at least one. */
  readonly pitches: readonly number[];
  readonly temperature: number;
  /** Notes to add. */
  readonly length: number;
  readonly seed: number;
}

/** A held-out melody, note by note. */
export async function picture(network: Network, { test: [melody] }: Melodies): Promise<readonly Note[]> {
  const { x, y } = nextNotes(melody);
  const [rows] = (await network.predict([[...x]])) as number[][][];
  return [
    { pitch: melody[0] + LOWEST },
    ...rows.map((scores, i) => noteOf(probabilitiesOf(scores, 1), y[i])),
  ];
}

/** Continues the reader's notes, drawing each note from the probabilities at the given temperature. */
export async function answer(network: Network, _: Melodies, order: Order): Promise<readonly Note[]> {
  const draw = seededRandom(order.seed, 'melody');
  const stream = network.stream();
  const notes: Note[] = [];
  try {
    let scores: ArrayLike<number> = [];
    for (const pitch of order.pitches) scores = await stream.push(pitch - LOWEST);
    while (notes.length < order.length) {
      const probabilities = probabilitiesOf(scores, order.temperature);
      const id = drawn(probabilities, draw.uniform());
      notes.push(noteOf(probabilities, id));
      scores = await stream.push(id);
    }
  } finally {
    stream.close();
  }
  return notes;
}

function noteOf(probabilities: readonly number[], id: number): Note {
  const guess = probabilities.indexOf(Math.max(...probabilities));
  return { pitch: id + LOWEST, probability: probabilities[id], guess: guess + LOWEST };
}
