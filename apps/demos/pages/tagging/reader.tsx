/* The reader's own request. */
import { useAnswer } from '../../src/frame/answer.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { useUrlState } from '../../src/frame/url.js';
import type { JudgedTagging } from './inference.js';
import type { Tagging } from './requests.js';
import { nameOf, Tagged } from './tagged.js';

const examples = [
  'Add a song by Nina Simone to my rainy day playlist',
  'Book a table for five at a sushi bar in Lisbon tomorrow night',
  'Will it snow in Vermont at noon?',
  'Give this novel four out of six stars',
];

export function Reader({ ask, picture }: ResultProps<readonly JudgedTagging[]>) {
  const [request, setRequest] = useUrlState('request', examples[0]);
  const tagging = useAnswer<Tagging>({ ask, picture }, request);
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
      <p class="request" aria-live="polite">
        {tagging && (
          <Tagged
            tagging={tagging}
            noteOf={(span) => {
              const sure = Math.min(...tagging.probabilities.slice(span.from, span.to));
              return `${nameOf(span)}, ${Math.round(100 * sure)} %`;
            }}
            isWrong={() => false}
          />
        )}
      </p>
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
