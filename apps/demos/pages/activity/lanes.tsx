/* A lane for each activity: bands where it is the true one, and blocks where the network predicts it. */
import { useMemo } from 'preact/hooks';
import { ACTIVITIES } from './activities.js';
import type { Answer } from './inference.js';
import { Timeline } from './timeline.js';

export interface LanesProps {
  readonly answer: Answer | undefined;
  readonly second: number;
  seek(second: number): void;
}

export function Lanes({ answer, second, seek }: LanesProps) {
  const predicted = useMemo(() => runsOf(answer?.predicted ?? []), [answer]);
  const truth = useMemo(() => runsOf(answer?.truth ?? []), [answer]);
  const row = answer?.probabilities[second];
  const right = answer?.predicted.filter((activity, i) => activity === answer.truth[i]).length;
  return (
    <>
      <ol class="lane-names" aria-label="Probability of each activity">
        {ACTIVITIES.map(({ name }, activity) => (
          <li
            key={name}
            class={answer && activity === answer.predicted[second] ? 'best' : ''}
            style={{ '--share': row?.[activity] ?? 0 }}
          >
            <span>
              {name}
              {answer && activity === answer.truth[second] && (
                <span class="visually-hidden">, the true one</span>
              )}
            </span>
            <span class="percent">{Math.round(100 * (row?.[activity] ?? 0))} %</span>
          </li>
        ))}
      </ol>
      <Timeline
        answer={answer}
        second={second}
        seek={seek}
        height={ACTIVITIES.length}
        label={
          answer
            ? `The predicted activity for each second, in one lane per activity: right in ${right} of ${answer.truth.length} seconds`
            : 'The recording is loading'
        }
      >
        {truth.map(([activity, from, to]) => (
          <rect key={from} class="truth" x={from} width={to - from} y={activity} height="1" />
        ))}
        {predicted.map(([activity, from, to]) => (
          <rect
            key={from}
            class={`activity-${activity}`}
            x={from}
            width={to - from}
            y={activity + 0.22}
            height="0.56"
          />
        ))}
      </Timeline>
      <p class="axis quiet">
        <span>0 s</span>
        <span>{answer ? `${answer.truth.length} s` : ''}</span>
      </p>
    </>
  );
}

/** For each stretch of equal activities: the activity, its first second, and the first second after it. */
export function runsOf(activities: readonly number[]): [activity: number, from: number, to: number][] {
  const runs: [number, number, number][] = [];
  for (const [at, activity] of activities.entries()) {
    const last = runs.at(-1);
    if (last?.[0] === activity) last[2] = at + 1;
    else runs.push([activity, at, at + 1]);
  }
  return runs;
}
