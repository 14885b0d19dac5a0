/* The letters of a name, one after another, with the alternatives of each. */
import { Meter } from '../../src/frame/probabilities.js';
import type { Choice } from './inference.js';

export interface LettersProps {
  readonly choices: readonly Choice[];
  /** The letters that the reader chose. */
  readonly given: string;
  /** Makes these the first letters. */
  choose(given: string): void;
}

export function Letters({ choices, given, choose }: LettersProps) {
  return (
    <>
      <ol class="letters" aria-label="The letters, with their probabilities">
        {choices.map(({ letter, likeliest }, i) => (
          <li key={i} class={i < given.length ? 'given' : ''}>
            <ul>
              {likeliest.map(([guess, probability]) => (
                <li key={guess}>
                  <button
                    type="button"
                    aria-pressed={guess === letter}
                    disabled={guess === 'end'}
                    onClick={() => choose(before(choices, i) + guess)}
                  >
                    <span>{guess}</span> <span>{Math.round(100 * probability)} %</span>
                    <Meter share={probability} />
                  </button>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
      <p class="row">
        <button type="button" disabled={given === ''} onClick={() => choose('')}>
          Let the network choose
        </button>
        <span class="quiet">Choose another letter, and the network continues after it.</span>
      </p>
    </>
  );
}

/** The letters before this one. */
function before(choices: readonly Choice[], index: number): string {
  return choices
    .slice(0, index)
    .map(({ letter }) => letter)
    .join('');
}
