/* Says a number: joins sounds of single digits. */
import { HOP } from '../speech/log-mel.js';
import type { Sound } from '../speech/sound.js';
import type { Span } from './strings.js';

/** Samples between two digits, 100 ms. */
const PAUSE = 5 * HOP;

export interface SaidNumber {
  readonly sound: Sound;
  /** Where each digit is, in frames. */
  readonly spoken: readonly Span[];
}

/** @param sounds a sound for each of the digits */
export function joinedSounds(digits: readonly number[], sounds: readonly Sound[]): SaidNumber {
  const parts: Sound[] = [];
  let at = 0;
  const add = (part: Sound) => {
    parts.push(part);
    at += part.length;
  };
  const spoken = sounds.map((sound, i) => {
    add(pauseLike(sound));
    const from = Math.round(at / HOP);
    add(sound);
    return { digit: digits[i], from, to: Math.round(at / HOP) };
  });
  if (sounds.length > 0) add(pauseLike(sounds[sounds.length - 1]));
  return { sound: parts.flat(), spoken };
}

/** A pause with the noise of a recording: its quietest 40 ms, forwards and backwards again and again. */
function pauseLike(sound: Sound): Sound {
  const length = 2 * HOP;
  const starts = Array.from(
    { length: Math.max(1, Math.floor((sound.length - length) / HOP) + 1) },
    (_, i) => i * HOP,
  );
  const energy = (start: number) => Math.hypot(...sound.slice(start, start + length));
  const quietest = starts.reduce((best, start) => (energy(start) < energy(best) ? start : best));
  const noise = sound.slice(quietest, quietest + length);
  const both = [...noise, ...[...noise].reverse()];
  return Array.from({ length: PAUSE }, (_, i) => both[i % both.length]);
}
