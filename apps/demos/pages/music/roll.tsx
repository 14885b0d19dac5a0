/* Notes over time, as on the roll of a player piano. */
import type { Note } from './inference.js';
import { nameOf } from './pitches.js';

export interface RollProps {
  readonly notes: readonly Note[];
  /** The text alternative, which comes before the names of the notes. */
  readonly label: string;
  /** The note that sounds now. */
  readonly playing?: number;
  /** True to show the network's first guess where it was another note. */
  readonly guesses?: boolean;
}

const WIDTH = 10;
const HEIGHT = 5;

export function Roll({ notes, label, playing, guesses = false }: RollProps) {
  const pitches = notes.flatMap(({ pitch, guess = pitch }) => (guesses ? [pitch, guess] : [pitch]));
  const [least, most] = [Math.min(60, ...pitches) - 1, Math.max(79, ...pitches) + 1];
  const y = (pitch: number) => (most - pitch) * HEIGHT;
  const octaves = [60, 72].filter((pitch) => pitch > least && pitch < most);
  return (
    <svg
      class="roll"
      viewBox={`0 0 ${notes.length * WIDTH} ${(most - least + 1) * HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${label}: ${notes.map(({ pitch }) => nameOf(pitch)).join(' ')}`}
    >
      {octaves.map((pitch) => (
        <line key={pitch} x1="0" x2={notes.length * WIDTH} y1={y(pitch) + HEIGHT} y2={y(pitch) + HEIGHT} />
      ))}
      {playing !== undefined && (
        <rect class="now" x={playing * WIDTH} y="0" width={WIDTH} height={(most - least + 1) * HEIGHT} />
      )}
      {notes.map(({ pitch, probability, guess }, i) => (
        <g key={i}>
          {guesses && guess !== undefined && guess !== pitch && (
            <rect
              class="guess"
              x={i * WIDTH + 0.8}
              y={y(guess) + 0.6}
              width={WIDTH - 1.6}
              height={HEIGHT - 1.2}
            />
          )}
          <rect
            class={probability === undefined || (guesses && guess !== pitch) ? 'given' : 'written'}
            x={i * WIDTH + 0.4}
            y={y(pitch)}
            width={WIDTH - 0.8}
            height={HEIGHT}
          />
        </g>
      ))}
    </svg>
  );
}
