/* The network continues the reader's notes. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { useAnswer } from '../../src/frame/answer.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { useUrlState } from '../../src/frame/url.js';
import type { Note, Order } from './inference.js';
import { isInRange, isSharp, nameOf, RANGE } from './pitches.js';
import { Roll } from './roll.js';
import { play } from './sound.js';

/** Notes that the network adds. */
const LENGTH = 32;
const MOST_GIVEN = 24;
const START = [67, 67, 69, 71, 72, 71, 69, 67];

const keys = Array.from({ length: RANGE[1] - RANGE[0] + 1 }, (_, i) => RANGE[0] + i);

export function Composer({ ask, picture }: ResultProps<readonly Note[]>) {
  const [text, setText] = useUrlState('notes', START.join('-'));
  const [temperature, setTemperature] = useUrlState('temperature', '0.8');
  const [draft, setDraft] = useUrlState('draft', '1');
  const pitches = text.split('-').map(Number).filter(isInRange).slice(0, MOST_GIVEN);
  const order: Order = {
    pitches,
    temperature: Number(temperature) || 0.8,
    length: LENGTH,
    seed: Number(draft) || 1,
  };
  const written = useAnswer<readonly Note[]>({ ask, picture }, pitches.length > 0 ? order : undefined) ?? [];
  const notes = [...pitches.map((pitch) => ({ pitch })), ...written];
  const player = usePlayer();
  const change = (next: readonly number[]) => {
    player.stop();
    setText(next.join('-'));
  };
  const add = (pitch: number) => {
    change([...pitches, pitch]);
    play([pitch]);
  };
  return (
    <section aria-labelledby="goes-on" class="composer">
      <h2 id="goes-on">How the network continues your notes</h2>
      <div data-picture>
        <Roll
          notes={player.notes ?? notes}
          playing={player.index}
          label={`${pitches.length} notes of yours, and ${written.length} by the network`}
        />
      </div>
      <Legend
        kinds={[
          ['given', 'your notes'],
          ['written', 'the network’s'],
        ]}
      />
      <div class="row">
        <button
          type="button"
          class="primary"
          disabled={notes.length === 0}
          onClick={() => (player.notes ? player.stop() : player.start(notes))}
        >
          {player.notes ? 'Stop' : 'Play'}
        </button>
        <button type="button" onClick={() => setDraft(String(order.seed + 1))}>
          Another draft
        </button>
        <label class="field slider">
          Temperature {order.temperature.toFixed(1)}
          <input
            type="range"
            min="0.2"
            max="1.5"
            step="0.1"
            value={temperature}
            onInput={({ currentTarget }) => setTemperature(currentTarget.value)}
          />
        </label>
      </div>
      <fieldset class="keys">
        <legend>Add a note to yours, {pitches.length} so far</legend>
        {keys.map((pitch) => (
          <button
            key={pitch}
            type="button"
            class={isSharp(pitch) ? 'sharp' : ''}
            disabled={pitches.length >= MOST_GIVEN}
            onClick={() => add(pitch)}
          >
            {nameOf(pitch)}
          </button>
        ))}
        <button type="button" disabled={pitches.length === 0} onClick={() => change(pitches.slice(0, -1))}>
          Remove the last
        </button>
        <button type="button" disabled={pitches.length === 0} onClick={() => change([])}>
          Clear
        </button>
      </fieldset>
    </section>
  );
}

export function Legend({ kinds }: { kinds: readonly (readonly [kind: string, label: string])[] }) {
  return (
    <ul class="legend">
      {kinds.map(([kind, label]) => (
        <li key={kind}>
          <svg class="roll" viewBox="0 0 16 8" width="16" height="8" role="presentation">
            <rect class={kind} x="1" y="1" width="14" height="6" />
          </svg>
          {label}
        </li>
      ))}
    </ul>
  );
}

/** Plays the notes as they were when it was started, even if the network changes them meanwhile. */
function usePlayer() {
  const [notes, setNotes] = useState<readonly Note[]>();
  const [index, setIndex] = useState<number>();
  const silence = useRef(() => {});
  const stop = () => {
    silence.current();
    setNotes(undefined);
    setIndex(undefined);
  };
  const start = (notes: readonly Note[]) => {
    setNotes(notes);
    silence.current = play(
      notes.map(({ pitch }) => pitch),
      (index) => (index === undefined ? stop() : setIndex(index)),
    );
  };
  useEffect(() => () => silence.current(), []);
  return { notes, index, start, stop };
}
