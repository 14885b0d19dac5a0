/* Held-out requests, as the network tags them. */
import type { JudgedTagging } from './inference.js';
import { type Span, sameSpan, spansOf } from './spans.js';
import { nameOf, Tagged } from './tagged.js';

export function HeldOut({ requests }: { requests: readonly JudgedTagging[] | undefined }) {
  const right = requests?.filter(({ tags, truth }) => tags.join() === truth.join()).length;
  return (
    <section class="held-out" data-picture aria-labelledby="held-out">
      <h2 id="held-out">
        Fourteen requests that are not in the training data{' '}
        <span class="quiet">{requests && `${right} tagged without a mistake`}</span>
      </h2>
      <ul>
        {requests?.map((request, i) => (
          <Line key={i} request={request} />
        ))}
      </ul>
    </section>
  );
}

function Line({ request }: { request: JudgedTagging }) {
  const [found, truth] = [spansOf(request.tags), spansOf(request.truth)];
  const isIn = (span: Span, spans: readonly Span[]) => spans.some((other) => sameSpan(span, other));
  const missed = truth.filter((span) => !isIn(span, found));
  const names = missed.map(
    (span) => `${nameOf(span)} “${request.words.slice(span.from, span.to).join(' ')}”`,
  );
  return (
    <li>
      <p class="request">
        <Tagged
          tagging={request}
          noteOf={(span) => `${nameOf(span)}${isIn(span, truth) ? '' : ' ✗'}`}
          isWrong={(span) => !isIn(span, truth)}
        />
      </p>
      {names.length > 0 && <p class="quiet missed">Not found: {names.join('; ')}</p>}
    </li>
  );
}
