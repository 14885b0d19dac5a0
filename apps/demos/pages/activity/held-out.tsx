/* The held-out recordings, with the network's prediction for each half minute. */
import { ACTIVITIES, titleOf } from './activities.js';
import type { Predicted } from './inference.js';

export interface HeldOutProps {
  readonly recordings: readonly Predicted[] | undefined;
  /** The name of the recording in the charts. */
  readonly shown: string;
  choose(name: string): void;
}

export function HeldOut({ recordings, shown, choose }: HeldOutProps) {
  return (
    <section data-picture aria-labelledby="held-out" class="held-out">
      <h2 id="held-out">The recordings it never sees in training</h2>
      <p class="quiet">
        Four half minutes of each recording, in the lanes of the chart above. Choose one to see its signals.
      </p>
      <ul>
        {ACTIVITIES.map(({ name }, activity) => {
          const own = recordings?.filter((one) => one.activity === activity) ?? [];
          const predicted = own.flatMap(({ predicted }) => predicted);
          const right = predicted.filter((one) => one === activity).length;
          return (
            <li key={name}>
              <p>
                {name}{' '}
                <span class="quiet">
                  {right} of {predicted.length} right
                </span>
              </p>
              <div class="row">
                {own.map((recording) => (
                  <button
                    key={recording.name}
                    type="button"
                    aria-pressed={recording.name === shown}
                    aria-label={`${titleOf(recording.name)}: ${namesOf(recording.predicted)}`}
                    onClick={() => choose(recording.name)}
                  >
                    <Blocks {...recording} />
                  </button>
                ))}
              </div>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Blocks({ activity, predicted }: Predicted) {
  return (
    <svg
      viewBox={`0 0 ${predicted.length} ${ACTIVITIES.length}`}
      preserveAspectRatio="none"
      role="presentation"
    >
      <rect class="truth" x="0" width={predicted.length} y={activity} height="1" />
      {predicted.map((one, i) => (
        <rect key={i} class={`activity-${one}`} x={i + 0.04} width="0.92" y={one + 0.1} height="0.8" />
      ))}
    </svg>
  );
}

function namesOf(predicted: readonly number[]): string {
  return predicted.map((activity) => ACTIVITIES[activity].name).join(', ');
}
