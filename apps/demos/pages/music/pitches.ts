/* Pitches as MIDI numbers: 60 is the middle C, and each semitone is one more. */

/** The lowest pitch that the network knows: five semitones below the lowest note of the data. */
export const LOWEST = 55;
/** The number of pitches from there upwards that it knows. */
export const PITCHES = 30;

/** The lowest and the highest note of the data. */
export const RANGE = [60, 79] as const;

const names = ['C', 'C♯', 'D', 'D♯', 'E', 'F', 'F♯', 'G', 'G♯', 'A', 'A♯', 'B'];

/** As in “F♯4”. */
export function nameOf(pitch: number): string {
  return names[pitch % 12] + (Math.floor(pitch / 12) - 1);
}

/** True if it is a black key of the piano. */
export function isSharp(pitch: number): boolean {
  return names[pitch % 12].length > 1;
}

/** True if it is one of the data's pitches. */
export function isInRange(pitch: number): boolean {
  return Number.isInteger(pitch) && pitch >= RANGE[0] && pitch <= RANGE[1];
}
