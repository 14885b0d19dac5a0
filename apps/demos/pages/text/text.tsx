/* The text that a network wrote, and its prediction for the chosen character. */
import { nameOf } from '../../src/frame/characters.js';
import { Probabilities } from '../../src/frame/probabilities.js';
import type { Predicted } from './predicted.js';
import { surprise } from './surprise.js';

export interface TextProps {
  /** Distinguishes the texts of a page. */
  readonly name: string;
  readonly title: string;
  readonly prompt: string;
  readonly written: readonly Predicted[];
  /** The number of characters that are shown so far. */
  readonly shown: number;
  /** The index of the first character that the other text does not have; negative if there is none. */
  readonly differs: number;
  /** The index of the character whose prediction is shown; default: the newest. */
  readonly chosen: number | undefined;
  readonly onChoose: (index: number | undefined) => void;
}

export function Text({ name, title, prompt, written, shown, differs, chosen, onChoose }: TextProps) {
  const characters = written.slice(0, shown);
  const at = Math.min(chosen ?? Number.POSITIVE_INFINITY, characters.length - 1);
  const move = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    onChoose(Math.min(Math.max(at + by, 0), characters.length - 1));
  };
  return (
    <div>
      <h3 id={name}>{title}</h3>
      <div
        class="written"
        role="listbox"
        aria-label={`${title}: what it wrote, by character; choose one with the arrow keys`}
        aria-activedescendant={at >= 0 ? `${name}-${at}` : undefined}
        tabIndex={0}
        onKeyDown={move}
        onPointerLeave={() => onChoose(undefined)}
      >
        <span class="given">{prompt}</span>
        {characters.map(({ character, probability }, i) => (
          <span
            key={i}
            id={`${name}-${i}`}
            role="option"
            tabIndex={-1}
            class={i === differs ? 'differs' : undefined}
            aria-selected={i === at}
            aria-label={nameOf(character)}
            style={surprise(probability)}
            onPointerEnter={() => onChoose(i)}
          >
            {character}
          </span>
        ))}
      </div>
      <Guesses of={characters[at]} />
    </div>
  );
}

/** The network's prediction of the character. */
function Guesses({ of }: { of: Predicted | undefined }) {
  return (
    <>
      <p class="quiet">Its guesses for {of ? <b>{nameOf(of.character)}</b> : 'the next'}</p>
      <Probabilities
        label="Probability of each character"
        nameWidth="4.5rem"
        rows={(of?.guesses ?? []).map(([character, probability]) => ({
          name: <code>{nameOf(character)}</code>,
          probability,
          marked: character === of?.character,
        }))}
      />
    </>
  );
}
