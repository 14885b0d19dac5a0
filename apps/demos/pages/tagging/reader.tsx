/* The reader's own request. */
import { useAnswer } from '../../src/frame/answer.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { useUrlState } from '../../src/frame/url.js';
import type { HeldOut } from './inference.js';
import { intentName } from './intent.js';
import { nameOf, Tagged } from './tagged.js';
import type { Understood } from './understanding.js';

const examples = [
  'Add a song by Nina Simone to my rainy day playlist',
  'Book a table for five at a sushi bar in Lisbon tomorrow night',
  'Will it snow in Vermont at noon?',
  'Give this novel four out of six stars',
];

export function Reader({ ask, picture }: ResultProps<HeldOut>) {
  const [request, setRequest] = useUrlState('request', examples[0]);
  const understood = useAnswer<Understood>({ ask, picture }, request);
  return (
    <section class="reader" aria-labelledby="yours">
      <h2 id="yours">Your request</h2>
      <label class="field">
        About music, films, books, a restaurant or the weather, in English
        <input
          type="text"
          maxLength={200}
          value={request}
          onInput={({ currentTarget }) => setRequest(currentTarget.value)}
        />
      </label>
      <div class="answer" aria-live="polite">
        {understood && (
          <>
            <p class="intent">
              {intentName(understood.intent)}, {Math.round(100 * understood.certainty)} %
            </p>
            <p class="request">
              <Tagged
                tagging={understood}
                noteOf={(span) => {
                  const sure = Math.min(...understood.probabilities.slice(span.from, span.to));
                  return `${nameOf(span)}, ${Math.round(100 * sure)} %`;
                }}
                isWrong={() => false}
              />
            </p>
          </>
        )}
      </div>
      <p class="row">
        {examples.map((example) => (
          <button type="button" key={example} onClick={() => setRequest(example)}>
            {example}
          </button>
        ))}
      </p>
    </section>
  );
}
