import { OptionError } from './errors.js';
import { show } from './options.js';

/** A reproducible sequence of random numbers: see {@link seededRandom}. */
export interface Random {
  /** Returns a number from 0 to below 1, with 32 random bits. */
  uniform(): number;
  /** Returns a number from the normal distribution with mean 0 and variance 1. */
  normal(): number;
  /** Returns a whole number from 0 to below `below`. */
  integer(below: number): number;
  /** Shuffles `items` in place (Fisher & Yates) and returns them. */
  shuffle<T>(items: T[]): T[];
  /** Returns a generator that goes on with the same numbers as this one. */
  copy(): Random;
}

/**
 * Creates a random number generator from `seed` and a path of names, such as `seededRandom(1, 'dropout', layer, step)`.
 * There is no global state: the same call gives the same numbers on every machine, and different paths give independent
 * numbers. (`normal` uses `Math.log` and `Math.cos`, whose last bit may differ between engines.)
 *
 * The generator is sfc32 of PractRand (Chris Doty-Humphrey). Its initial state is a hash of the path with MurmurHash3's
 * mixing function (Austin Appleby).
 */
export function seededRandom(seed: number, ...path: (string | number)[]): Random {
  if (
    typeof seed !== 'number' ||
    !path.every((name) => typeof name === 'string' || typeof name === 'number')
  ) {
    throw new OptionError(`seededRandom: expected a seed (a number) and names, not ${show([seed, ...path])}`);
  }
  return randomFrom(sfc32(hash(JSON.stringify([seed, ...path]))));
}

function randomFrom(next: Bits, spare?: number): Random {
  const uniform = () => next() / 2 ** 32;
  const integer = (below: number) => Math.floor(uniform() * below);
  return {
    uniform,
    integer,
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      // The Box-Muller transform gives two numbers at a time; 1 − u keeps the logarithm finite.
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    shuffle(items) {
      for (let i = items.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        [items[i], items[j]] = [items[j], items[i]];
      }
      return items;
    },
    copy: () => randomFrom(next.copy(), spare),
  };
}

/** Returns 32 random bits as a whole number. */
interface Bits {
  (): number;
  copy(): Bits;
}

function sfc32(start: readonly number[]): Bits {
  const next = sfc32From(start, 1);
  for (let i = 0; i < 12; i++) next();
  return next;
}

function sfc32From([a, b, c]: readonly number[], counter: number): Bits {
  const next = () => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    return result >>> 0;
  };
  next.copy = () => sfc32From([a, b, c], counter);
  return next;
}

/** Hashes `text` to three 32-bit words. */
function hash(text: string): number[] {
  return [0x9e3779b9, 0x243f6a88, 0xb7e15162].map((start) => {
    let h = start;
    for (let i = 0; i < text.length; i++) {
      let k = Math.imul(text.charCodeAt(i), 0xcc9e2d51);
      k = (k << 15) | (k >>> 17);
      h ^= Math.imul(k, 0x1b873593);
      h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
    }
    h ^= text.length;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return h ^ (h >>> 16);
  });
}
