/* Measures a network and its quantised copy: bits per character, the size of the file, and the speed of a stream. */
import type { Network } from '@recurra/core';
import { type Plays, score } from '../../src/plays.js';

/** A network with weights of one type. */
export interface Measured {
  /** Bits per character, on the held-out text of the score that the page shows during training. */
  readonly bits: number;
  /** The size of the model file. */
  readonly bytes: number;
  /** The time that a stream takes for a character. */
  readonly milliseconds: number;
}

export interface Comparison {
  readonly float32: Measured;
  readonly int8: Measured;
  /** What becomes of each layer's int8 weights on this backend. */
  readonly layers: readonly {
    readonly layer: string;
    /** Why the weights are expanded to floats; absent if they stay int8. */
    readonly expanded?: string;
  }[];
}

const ROUNDS = 5;
/** Milliseconds. The clocks of some browsers only have whole milliseconds. */
const SHORTEST_ROUND = 20;
/** Characters between two looks at the clock. */
const STRIDE = 8;

/** @param int8 the quantised copy of `float32` */
export async function measure(float32: Network, int8: Network, plays: Plays): Promise<Comparison> {
  const [ofFloat32, ofInt8] = await streamTimes([float32, int8], plays);
  return {
    float32: { ...(await sizeAndScore(float32, plays)), milliseconds: ofFloat32 },
    int8: { ...(await sizeAndScore(int8, plays)), milliseconds: ofInt8 },
    layers: int8
      .explain()
      .filter(({ kernel }) => kernel === 'int8')
      .map(({ layer, reason }) => ({ layer, expanded: reason })),
  };
}

async function sizeAndScore(network: Network, plays: Plays): Promise<Omit<Measured, 'milliseconds'>> {
  return { bits: await score.measure(network, plays, true), bytes: (await network.save()).length };
}

/** Milliseconds per character of held-out text: for each network the fastest of its rounds, which are taken in turns. */
async function streamTimes(networks: readonly Network[], { ids, end }: Plays): Promise<number[]> {
  const streams = networks.map((network) => network.stream());
  const fastest = networks.map(() => Number.POSITIVE_INFINITY);
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, stream] of streams.entries()) {
        const began = performance.now();
        let count = 0;
        let elapsed = 0;
        while (elapsed < SHORTEST_ROUND) {
          for (let n = 0; n < STRIDE; n++) await stream.push(ids[end + count++]);
          elapsed = performance.now() - began;
        }
        fastest[i] = Math.min(fastest[i], elapsed / count);
      }
    }
  } finally {
    for (const stream of streams) stream.close();
  }
  return fastest;
}
