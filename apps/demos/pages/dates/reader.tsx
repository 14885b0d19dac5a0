/* The reader's own date. */
import { useAnswer } from '../../src/frame/answer.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { useUrlState } from '../../src/frame/url.js';
import type { JudgedDate, WrittenDate } from './inference.js';

const examples = [
  'the twenty-third of October, nineteen ninety-nine',
  'Tuesday, 7 March 2034',
  'Feb 29, ’88',
  'the morning of July the 4th, 2026',
];

export function Reader({ ask, picture }: ResultProps<readonly JudgedDate[]>) {
  const [phrase, setPhrase] = useUrlState('phrase', examples[0]);
  const date = useAnswer<WrittenDate>({ ask, picture }, phrase);
  return (
    <section class="reader" aria-labelledby="yours">
      <h2 id="yours">Your date</h2>
      <label class="field">
        Between 1950 and 2049, in English
        <input
          type="text"
          maxLength={80}
          value={phrase}
          onInput={({ currentTarget }) => setPhrase(currentTarget.value)}
        />
      </label>
      <p class="date" aria-live="polite">
        <span class="visually-hidden">{date?.strokes.map(([character]) => character).join('')}</span>
        {date?.strokes.map(([character, probability], i) => (
          <span key={i} class="stroke" aria-hidden="true">
            {character}
            <span class="sure">
              <span style={{ transform: `scaleY(${probability})` }} />
            </span>
          </span>
        ))}
      </p>
      <p class="quiet">
        The bar below each character is its probability. JavaScript’s own <code>Date</code>{' '}
        {date?.parsed ? `reads ${date.parsed}.` : 'cannot read this.'}
      </p>
      <p class="row">
        {examples.map((example) => (
          <button type="button" key={example} onClick={() => setPhrase(example)}>
            {example}
          </button>
        ))}
      </p>
    </section>
  );
}
