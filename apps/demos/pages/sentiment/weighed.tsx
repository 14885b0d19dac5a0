/* A sentence whose words are shaded by their effect on its class. */
import type { Reading, ReadSentence } from './inference.js';
import { classNames } from './reviews.js';

/** The log-odds at which the shade is full. */
const FULL = 3;
/** Words with a smaller effect are not underlined, and not named for screen readers. */
const LEAST = 0.4;

export interface WeighedProps {
  readonly read: Pick<ReadSentence, 'sentence' | 'words'>;
  readonly reading: Reading;
}

export function Weighed({ read: { sentence, words }, reading: { effects } }: WeighedProps) {
  let end = 0;
  const most = (sign: number) => {
    const found = words.filter((_, i) => sign * effects[i] >= LEAST);
    return found.length > 0 ? found.join(', ') : 'no word';
  };
  return (
    <>
      {words.map((word, i) => {
        const start = sentence.indexOf(word, end);
        const space = sentence.slice(end, start);
        end = start + word.length;
        return (
          <span key={i}>
            {space}
            <span class={shadeClass(effects[i])} style={shade(effects[i])}>
              {word}
            </span>
          </span>
        );
      })}
      <span class="visually-hidden">
        . Towards positive: {most(1)}; towards negative: {most(-1)}.
      </span>
    </>
  );
}

/** “positive, 93 %”. The percentage never reaches 100 %, because even a confident network is not certain. */
export function verdictOf(reading: Reading): string {
  const { logProbabilities } = reading;
  const kind = kindOf(reading);
  const percent = Math.min(99, Math.round(100 * Math.exp(logProbabilities[kind])));
  return `${classNames(logProbabilities.length)[kind]}, ${percent} %`;
}

/** The most probable class. */
export function kindOf({ logProbabilities }: Reading): number {
  return logProbabilities.indexOf(Math.max(...logProbabilities));
}

function shadeClass(effect: number): string {
  if (Math.abs(effect) < LEAST) return 'word';
  return effect > 0 ? 'word for' : 'word against';
}

function shade(effect: number): Record<string, string> {
  return {
    '--shade': `${((45 * Math.min(FULL, Math.abs(effect))) / FULL).toFixed(0)}%`,
    '--hue': effect > 0 ? 'var(--blue)' : 'var(--orange)',
  };
}
