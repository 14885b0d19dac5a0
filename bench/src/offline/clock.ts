/* Divides the time of the offline bundle's run. */
import { type Part, shares, type TimedPlace } from './parts.js';

/** Divides the time among the stages. What a stage does not use goes to the later ones. */
export class Clock {
  readonly #start = performance.now();
  readonly #seconds: number;
  /** The shares of the stages that have not begun. */
  readonly #ahead = new Map<'proof' | TimedPlace, number>();

  constructor(parts: readonly Part[], minutes: number) {
    // A part that is out of time takes seconds to end.
    this.#seconds = minutes * 60 - 10;
    if (parts.some(({ stage }) => stage === 'proof')) this.#ahead.set('proof', shares.proof);
    for (const { name, stage } of parts)
      if (stage === 'times') this.#ahead.set(name as TimedPlace, shares.times[name as TimedPlace]);
  }

  secondsFor(stage: 'proof' | TimedPlace): number {
    const left = this.#seconds - (performance.now() - this.#start) / 1000;
    const total = [...this.#ahead.values()].reduce((sum, share) => sum + share, 0);
    const share = this.#ahead.get(stage) ?? 0;
    this.#ahead.delete(stage);
    return Math.max(1, (left * share) / total);
  }
}
