/* The recordings kept back, from end to end. */
import type { Told } from './inference.js';
import { Ribbons } from './ribbons.js';

export interface KeptBackProps {
  readonly recordings: readonly Told[] | undefined;
  /** The name of the recording that is played, and the frame. */
  readonly shown: string;
  readonly frame: number;
  /** Plays it from its first frame. */
  choose(name: string): void;
  /** Stops at a frame of it. */
  seek(name: string, frame: number): void;
}

export function KeptBack({ recordings, shown, frame, choose, seek }: KeptBackProps) {
  return (
    <section data-picture aria-labelledby="kept-back" class="kept-back">
      <h2 id="kept-back">Three recordings it never sees in training</h2>
      <ul>
        {recordings?.map((reading) => {
          const { name, told, truth } = reading;
          const right = told.filter((phase, i) => phase === truth[i]).length / told.length;
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
                label={`${title}, ${truth.length} frames: above the line as the network tells the phases, below as people did`}
                seek={(frame) => seek(name, frame)}
              />
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** `a3` in words. */
function nameOf(name: string): string {
  return `Person ${name[0].toUpperCase()}, story ${name[1]}`;
}
