/* The strength of the radio signal between each pair of nodes, as lines. */
import { useMemo } from 'preact/hooks';
import type { Answer } from './inference.js';
import { type Change, PAIRS, RATE, type Reading } from './recordings.js';
import { Timeline } from './timeline.js';

export interface SignalsProps {
  readonly answer: Answer | undefined;
  readonly second: number;
  readonly change: Change;
  seek(second: number): void;
}

/** The strongest signal in the data set. */
export const STRONGEST = 57;

export function Signals({ answer, second, change, seek }: SignalsProps) {
  const readings = answer?.readings;
  const paths = useMemo(() => PAIRS.map((_, pair) => readings && pathsOf(readings, pair)), [readings]);
  return (
    <>
      {PAIRS.map((name, pair) => {
        const muted = change === `mute-${pair}`;
        const reading = readings?.[second * RATE + RATE - 1];
        const strength = reading ? `, ${reading[2 * pair].toFixed(0)} now` : '';
        return (
          <>
            <p key={name} class="pair-name">
              {name}
              {muted && <span class="quiet"> muted</span>}
            </p>
            <Timeline
              answer={answer}
              second={second}
              seek={seek}
              height={STRONGEST}
              label={`${name}: strength of the signal${muted ? ', muted' : strength}`}
            >
              <path class="deviation" d={paths[pair]?.band} />
              <path class={`mean${muted ? ' muted' : ''}`} d={paths[pair]?.line} />
            </Timeline>
          </>
        );
      })}
    </>
  );
}

/**
 * The mean, and the range within a standard deviation of it; x in seconds, y downwards from the strongest
 * signal.
 */
function pathsOf(readings: readonly Reading[], pair: number): { line: string; band: string } {
  const points = (of: (mean: number, deviation: number) => number) =>
    readings.map(
      (reading, i) =>
        `${((i + 0.5) / RATE).toFixed(2)} ${(STRONGEST - of(reading[2 * pair], reading[2 * pair + 1])).toFixed(1)}`,
    );
  const upper = points((mean, deviation) => mean + deviation);
  const lower = points((mean, deviation) => mean - deviation).reverse();
  return { line: `M${points((mean) => mean).join('L')}`, band: `M${[...upper, ...lower].join('L')}Z` };
}
