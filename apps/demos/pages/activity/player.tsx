/*
 * Two held-out recordings, one after the other: the signals, and the network's predictions, second by second.
 */
import { Slider } from '../../src/frame/slider.js';
import { ACTIVITIES, titleOf } from './activities.js';
import type { Answer, Question } from './inference.js';
import { Lanes } from './lanes.js';
import { CHANGES, type Change, PAIRS } from './recordings.js';
import { Signals, STRONGEST } from './signals.js';

export interface PlayerProps {
  readonly answer: Answer | undefined;
  /** The recordings to choose from. */
  readonly names: readonly string[];
  readonly question: Question;
  readonly second: number;
  readonly running: boolean;
  readonly choose: {
    name(name: string): void;
    next(name: string | undefined): void;
    change(change: string): void;
  };
  /** Stops the player at a second. */
  seek(second: number): void;
  toggle(): void;
}

const CHANGE_NAMES: Readonly<Record<Change, string>> = {
  none: 'as recorded',
  'mute-0': `without ${PAIRS[0].toLowerCase()}`,
  'mute-1': `without ${PAIRS[1].toLowerCase()}`,
  'mute-2': `without ${PAIRS[2].toLowerCase()}`,
  reversed: 'backwards',
  shuffled: 'shuffled',
};

export function Player({ answer, names, question, second, running, choose, seek, toggle }: PlayerProps) {
  const seconds = answer?.truth.length ?? 0;
  return (
    <section aria-labelledby="player" class="player">
      <h2 id="player">What is this person doing?</h2>
      <p class="finding" aria-live={running ? 'off' : 'polite'}>
        {answer && momentOf(answer, second)}
      </p>
      <div class="charts">
        <Signals answer={answer} second={second} change={question.change} seek={seek} />
        <Lanes answer={answer} second={second} seek={seek} />
      </div>
      <p class="quiet">
        Lines: the strength of each signal, from 0 to {STRONGEST}, with its deviation in grey. Bands: the true
        activity. Blocks: the network's prediction after each second. Shaded: the half minute that it has
        read.
      </p>
      <div class="row">
        <button type="button" disabled={!answer} onClick={toggle}>
          {running ? 'Stop' : 'Play'}
        </button>
        <Slider
          label={`Second ${second + 1} of ${seconds}`}
          value={second}
          range={[0, Math.max(seconds - 1, 1)]}
          set={seek}
        />
      </div>
      <div class="row">
        <Choice label="Recording" value={question.name} names={names} set={choose.name} />
        <Choice
          label="and then"
          value={question.next ?? ''}
          names={['', ...names]}
          set={(name) => choose.next(name || undefined)}
        />
        <label class="field">
          The signals
          <select
            value={question.change}
            onChange={({ currentTarget }) => choose.change(currentTarget.value)}
          >
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

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly names: readonly string[];
  set(name: string): void;
}

function Choice({ label, value, names, set }: ChoiceProps) {
  return (
    <label class="field">
      {label}
      <select value={value} onChange={({ currentTarget }) => set(currentTarget.value)}>
        {names.map((name) => (
          <option key={name} value={name}>
            {name === '' ? 'nothing' : titleOf(name)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The activity, and the network's prediction. */
function momentOf({ truth, predicted }: Answer, second: number): string {
  const activity = ACTIVITIES[truth[second]].name;
  const guess = ACTIVITIES[predicted[second]].name;
  return guess === activity ? `${activity}, predicted correctly` : `${activity}, predicted as ${guess} ✗`;
}
