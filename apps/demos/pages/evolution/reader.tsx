/* The reader's sequence, of which they change the numbers and the marks, with both answers. */
import { Fragment } from 'preact';
import { useState } from 'preact/hooks';
import { useAnswer } from '../../src/frame/answer.js';
import { Key } from '../../src/frame/looks.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { Slider } from '../../src/frame/slider.js';
import { useUrlState } from '../../src/frame/url.js';
import type { Steps } from '../why-lstm/problems.js';
import type { Reading, Sums } from './inference.js';
import { sequenceIn, textOf } from './sequence.js';

export function Reader({
  picture,
  ask,
  steps,
}: Pick<ResultProps<Sums>, 'picture' | 'ask'> & { steps: number }) {
  const [text, setText] = useUrlState('sequence', '');
  const [chosen, choose] = useState(0);
  const reading = useAnswer<Reading>({ ask, picture }, text);
  const x = sequenceIn(text, steps) ?? reading?.x;
  if (!reading || x?.length !== steps) return null;
  const here = Math.min(chosen, steps - 1);
  const set = (value: number, marked: 0 | 1) => setText(textOf((x as Steps).with(here, [value, marked])));
  const [value, marked] = x[here];
  const marks = x.filter(([, marked]) => marked).length;
  return (
    <>
      <fieldset class="sequence" aria-label="The numbers; the marked ones are dark">
        {x.map(([value, marked], t) => (
          <button
            type="button"
            key={t}
            aria-pressed={t === here}
            aria-label={`Step ${t + 1}: ${value.toFixed(2)}${marked ? ', marked' : ''}`}
            onClick={() => choose(t)}
          >
            <span class={marked ? 'marked' : ''} style={{ blockSize: `${100 * value}%` }} />
          </button>
        ))}
      </fieldset>
      <div class="row">
        <Slider
          label={`Number at step ${here + 1}: ${value.toFixed(2)}`}
          value={value}
          range={[0, 1]}
          step={0.01}
          set={(value) => set(value, marked)}
        />
        <label class="mark">
          <input
            type="checkbox"
            checked={marked === 1}
            onChange={({ currentTarget }) => set(value, currentTarget.checked ? 1 : 0)}
          />{' '}
          marked
        </label>
      </div>
      <dl class="sums">
        <dt>Sum of the marked numbers</dt>
        <dd>{reading.truth.toFixed(2)}</dd>
        {Object.entries(reading.answers).map(([name, sum], i) => (
          <Fragment key={name}>
            <dt>
              <Key index={i} /> {name}
            </dt>
            <dd>
              {sum.toFixed(2).replace('-', '−')}
              {Math.abs(sum - reading.truth) < 0.1 ? ' ✓' : ''}
            </dd>
          </Fragment>
        ))}
      </dl>
      <p class="quiet">
        {marks === 2
          ? 'In training, one number of each half is marked.'
          : `${marks} ${marks === 1 ? 'number is' : 'numbers are'} marked; in training, it was always two, one in each half.`}
      </p>
    </>
  );
}
