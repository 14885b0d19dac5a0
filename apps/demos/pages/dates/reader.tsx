/* The reader's own date: what the network writes, and where it looks meanwhile. */
import { useAnswer } from '../../src/frame/answer.js';
import { Hypotheses } from '../../src/frame/hypotheses.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { useUrlState } from '../../src/frame/url.js';
import type { JudgedDate, ReadPhrase } from './inference.js';
import { Looks } from './looks.js';

const examples = [
  'the twenty-third of October, nineteen ninety-nine',
  'Tuesday, 7 March 2034',
  'Feb 29, ’88',
  'the morning of July the 4th, 2026',
];

export function Reader({ ask, picture }: ResultProps<readonly JudgedDate[]>) {
  const [phrase, setPhrase] = useUrlState('phrase', examples[0]);
  const [chosen, setChosen] = useUrlState('choice', '1');
  const read = useAnswer<ReadPhrase>({ ask, picture }, phrase);
  const choice = Math.min(Math.max(1, Math.round(Number(chosen)) || 1), read?.dates.length ?? 1) - 1;
  const use = (phrase: string) => {
    setPhrase(phrase);
    setChosen('1');
  };
  return (
    <section class="reader" aria-labelledby="yours">
      <h2 id="yours">Your date</h2>
      <label class="field">
        Between 1950 and 2049, in English
        <input
          type="text"
          maxLength={80}
          value={phrase}
          onInput={({ currentTarget }) => use(currentTarget.value)}
        />
      </label>
      <p class="date" aria-live="polite">
        {read?.dates[0].date}
      </p>
      <p class="quiet">
        JavaScript’s own <code>Date</code> {read?.parsed ? `reads ${read.parsed}.` : 'cannot read this.'}
      </p>
      <p class="row">
        {examples.map((example) => (
          <button type="button" key={example} onClick={() => use(example)}>
            {example}
          </button>
        ))}
      </p>
      {read && (
        <div class="found">
          <Hypotheses
            label="The most probable dates"
            rows={read.dates.map(({ date, probability }) => ({ text: date, probability }))}
            chosen={choice}
            onChoose={(choice) => setChosen(String(choice + 1))}
          />
          <Looks
            date={read.dates[choice].date}
            characters={read.characters}
            weights={read.attention[choice]}
          />
        </div>
      )}
    </section>
  );
}
