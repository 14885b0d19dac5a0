/* The held-out recordings, from end to end. */
import type { Predicted } from './inference.js';
import { Ribbons } from './ribbons.js';

export interface HeldOutProps {
  readonly recordings: readonly Predicted[] | undefined;
  /** The name of the recording that is played, and the frame. */
  readonly shown: string;
  readonly frame: number;
  /** Plays it from its first frame. */
  choose(name: string): void;
  /** Stops the player at a frame of it. */
  seek(name: string, frame: number): void;
}

export function HeldOut({ recordings, shown, frame, choose, seek }: HeldOutProps) {
  return (
    <section data-picture aria-labelledby="held-out" class="held-out">
      <h2 id="held-out">Three recordings it never sees in training</h2>
      <ul>
        {recordings?.map((reading) => {
          const { name, predicted, truth } = reading;
          const right = predicted.filter((phase, i) => phase === truth[i]).length / predicted.length;
          const title = nameOf(name);
          return (
            <li key={name}>
              <div class="heading">
                <button type="button" aria-pressed={name === shown} onClick={() => choose(name)}>
                  {title}
                </button>
                <span class="quiet">{(100 * right).toFixed(1)} % of its frames right</span>
              </div>
              <Ribbons
                reading={reading}
                view={[0, truth.length]}
                frame={name === shown ? frame : undefined}
                label={`${title}, ${truth.length} frames: the network’s phases above the line, the labels below it`}
                seek={(frame) => seek(name, frame)}
              />
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** The title of a recording: `a3` in words. */
function nameOf(name: string): string {
  return `Person ${name[0].toUpperCase()}, story ${name[1]}`;
}
