/* Every signal of the cell along the text, and the numbers of one unit at one character in the equations. */
import { useState } from 'preact/hooks';
import { useAnswer } from '../../src/frame/answer.js';
import { nameOf, Unknown } from '../../src/frame/characters.js';
import { HeatMap } from '../../src/frame/heat-map.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { useUrlState } from '../../src/frame/url.js';
import { equations, number } from './equations.js';
import { type Inside, TEXT } from './inference.js';

export function Cell({ picture, ask }: ResultProps<Inside>) {
  const [text, setText] = useUrlState('text', TEXT);
  const [step, setStep] = useState(TEXT.indexOf(':'));
  const [unit, setUnit] = useState(0);
  const own = useAnswer<Inside>({ ask, picture }, text === TEXT ? undefined : text);
  const inside = own ?? picture;
  if (!inside) return <p class="quiet">The first picture is loading.</p>;
  const lines = equations[inside.cell];
  const at = Math.min(step, inside.text.length - 1);
  const row = Math.min(unit, inside.signals.h[0].length - 1);
  const valuesAt = (t: number) =>
    Object.fromEntries(Object.entries(inside.signals).map(([name, steps]) => [name, steps[t]?.[row] ?? 0]));
  const [now, before] = [valuesAt(at), valuesAt(at - 1)];
  return (
    <section aria-labelledby="cell" class="cell">
      <h2 id="cell">
        {inside.cell === 'rnn' ? 'A simple recurrent cell' : `The ${inside.cell.toUpperCase()}`} while it
        reads
      </h2>
      <label class="field">
        Your text
        <input
          type="text"
          maxLength={60}
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      </label>
      <Unknown characters={inside.unknown} />
      <div class="dials">
        <label class="field">
          Character {at + 1} of {inside.text.length}: {nameOf(inside.text[at])}
          <input
            type="range"
            min={0}
            max={inside.text.length - 1}
            value={at}
            aria-valuetext={nameOf(inside.text[at])}
            onInput={({ currentTarget }) => setStep(currentTarget.valueAsNumber)}
          />
        </label>
        <label class="field">
          Unit {row + 1} of {inside.signals.h[0].length}
          <input
            type="range"
            min={0}
            max={inside.signals.h[0].length - 1}
            value={row}
            onInput={({ currentTarget }) => setUnit(currentTarget.valueAsNumber)}
          />
        </label>
      </div>
      <div class="reading" aria-hidden="true">
        <span />
        <div class="characters">
          {inside.text.map((character, t) => (
            <span key={t} class={t === at ? 'now' : ''}>
              {character}
            </span>
          ))}
        </div>
      </div>
      <div data-picture>
        {lines.map(({ name, what, equation, range, filled }) => (
          <div key={name} class="reading signal">
            <div>
              <b>{what}</b>
              <span class="equation">{equation}</span>
              <output class="value">
                {name} = {filled && `${filled(now, before)} = `}
                {number(now[name])}
              </output>
            </div>
            <HeatMap
              steps={inside.signals[name]}
              range={range}
              choice={{
                step: at,
                unit: row,
                onChoose(step, unit) {
                  setStep(step);
                  setUnit(unit);
                },
              }}
            />
          </div>
        ))}
        <p class="next">
          After “{inside.text.slice(Math.max(0, at - 12), at + 1).join('')}” it expects{' '}
          {inside.guesses[at].map(([character, probability], i) => (
            <span key={character}>
              {i > 0 && ', '}
              <b>{nameOf(character)}</b> {Math.round(100 * probability)} %
            </span>
          ))}
          .
        </p>
      </div>
    </section>
  );
}
