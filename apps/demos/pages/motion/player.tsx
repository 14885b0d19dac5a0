/* Plays a held-out recording, with the network's prediction for each frame. */
import { Slider } from '../../src/frame/slider.js';
import { Figure } from './figure.js';
import type { Reading } from './inference.js';
import { PHASES } from './phases.js';
import { Probabilities } from './probabilities.js';
import { CHANGES, type Change } from './recordings.js';
import { Ribbons } from './ribbons.js';

export interface PlayerProps {
  readonly reading: Reading | undefined;
  readonly frame: number;
  readonly running: boolean;
  readonly change: Change;
  setChange(change: string): void;
  /** Stops the player at a frame. */
  seek(frame: number): void;
  toggle(): void;
}

/** The number of frames on each side of the current one in the ribbons, about four seconds. */
const AROUND = 120;

const CHANGE_NAMES: Readonly<Record<Change, string>> = {
  none: 'as recorded',
  left: 'with the left hand held still',
  right: 'with the right hand held still',
  mirror: 'in a mirror',
};

export function Player({ reading, frame, running, change, setChange, seek, toggle }: PlayerProps) {
  const frames = reading?.poses.length ?? 0;
  return (
    <section aria-labelledby="player" class="player">
      <h2 id="player">What are the hands doing?</h2>
      <div class="moment">
        <Figure reading={reading} frame={frame} />
        <div>
          <p class="finding" aria-live={running ? 'off' : 'polite'}>
            {reading && momentOf(reading, frame)}
          </p>
          <Probabilities probabilities={reading?.probabilities[frame]} truth={reading?.truth[frame]} />
        </div>
      </div>
      <div class="strip">
        {reading && (
          <Ribbons
            reading={reading}
            view={[frame - AROUND, 2 * AROUND]}
            frame={frame}
            label="Four seconds before and after this frame: the network’s phases above the line, the labels below it"
            seek={seek}
          />
        )}
      </div>
      <p class="quiet">Above the line: the network. Below it: the label. In the middle: now.</p>
      <div class="row">
        <button type="button" disabled={!reading} onClick={toggle}>
          {running ? 'Stop' : 'Play'}
        </button>
        <Slider
          label={`Frame ${frame + 1} of ${frames}`}
          value={frame}
          range={[0, Math.max(frames - 1, 1)]}
          set={seek}
        />
        <label class="field">
          The motion
          <select value={change} onChange={({ currentTarget }) => setChange(currentTarget.value)}>
            {CHANGES.map((value) => (
              <option key={value} value={value}>
                {CHANGE_NAMES[value]}
              </option>
            ))}
          </select>
        </label>
      </div>
    </section>
  );
}

/** The label, and the network's prediction. */
function momentOf({ truth, predicted }: Reading, frame: number): string {
  const label = PHASES[truth[frame]].name;
  const guess = PHASES[predicted[frame]].name;
  return guess === label ? `${label}, predicted correctly` : `${label}, predicted as ${guess} ✗`;
}
