/* The gradient's curves, the reader's values, and the inputs on which the answers depend. */
import { useAnswer } from '../../src/frame/answer.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { useUrlState } from '../../src/frame/url.js';
import { Dependence } from './dependence.js';
import { Gradients } from './gradients.js';
import type { Norms, Reading } from './inference.js';

export function Result({ picture, ask, settings }: ResultProps<Norms>) {
  return (
    <>
      <section data-picture aria-labelledby="gradients">
        <h2 id="gradients">How much of the gradient reaches each step</h2>
        <p class="quiet">
          The answer comes after the last step. A step can only learn from the part of the gradient that
          reaches it.
        </p>
        {picture && <Gradients norms={picture} />}
      </section>
      <Yours key={settings?.problem} copying={settings?.problem === 'copying'} picture={picture} ask={ask} />
    </>
  );
}

function Yours({
  copying,
  picture,
  ask,
}: Pick<ResultProps<Norms>, 'picture' | 'ask'> & { readonly copying: boolean }) {
  const usual = copying ? '1 0 1 1' : '0.2 0.9';
  const [text, setText] = useUrlState(copying ? 'bits' : 'numbers', usual);
  const values = valuesIn(text, usual);
  const reading = useAnswer<Reading>({ ask, picture }, copying ? values.map((bit) => 2 * bit - 1) : values);
  const set = (index: number, value: number) => setText(values.with(index, value).join(' '));
  return (
    <section aria-labelledby="yours">
      <h2 id="yours">What the answer depends on</h2>
      <p class="quiet">
        {copying
          ? 'The bars: the gradient of the first bit’s answer with respect to the value at each step. A network that copies depends on the first step only.'
          : 'The bars: the gradient of the answer with respect to the number at each step. A network that adds has 1 at the two marked numbers, and 0 elsewhere.'}
      </p>
      <div class="row values">
        {values.map((value, i) => (
          <label class="field" key={i}>
            {copying ? `Bit ${i + 1}: ${value}` : `${i === 0 ? 'The first' : 'The later'} number: ${value}`}
            <input
              type="range"
              min="0"
              max="1"
              step={copying ? 1 : 0.05}
              value={value}
              onInput={({ currentTarget }) => set(i, currentTarget.valueAsNumber)}
            />
          </label>
        ))}
      </div>
      {reading && <Dependence reading={reading} />}
    </section>
  );
}

/** The values in a URL; the defaults if their number is wrong, or if one is outside 0 to 1. */
function valuesIn(text: string, usual: string): number[] {
  const [values, others] = [text, usual].map((words) => words.split(' ').map(Number));
  return values.length === others.length && values.every((value) => value >= 0 && value <= 1)
    ? values
    : others;
}
