/* Held-out requests, as the network tags them. */
import { useGradually } from '../../src/frame/frames.js';
import type { JudgedRequest, HeldOut as Picture } from './inference.js';
import { intentName } from './intent.js';
import { type Span, sameSpan, spansOf } from './spans.js';
import { nameOf, Tagged } from './tagged.js';

export function HeldOut({ picture }: { picture: Picture | undefined }) {
  const right = picture?.requests.filter(
    ({ tags, intent, truth }) => tags.join() === truth.tags.join() && intent === truth.intent,
  ).length;
  const requests = useGradually(picture?.requests, 3);
  return (
    <section class="held-out" data-picture aria-labelledby="held-out">
      <h2 id="held-out">
        Fourteen requests that are not in the training data{' '}
        <span class="quiet">{picture && `${right} understood without a mistake`}</span>
      </h2>
      <p class="quiet">
        {picture &&
          `The network knows what is asked for in ${picture.intents.network.toFixed(1)} % of all 700 held-out requests. Naive Bayes, which counts words, knows it in ${picture.intents.bayes.toFixed(1)} %.`}
      </p>
      <ul>
        {requests.map((request, i) => (
          <Line key={i} request={request} />
        ))}
      </ul>
    </section>
  );
}

function Line({ request }: { request: JudgedRequest }) {
  const [found, truth] = [spansOf(request.tags), spansOf(request.truth.tags)];
  const isIn = (span: Span, spans: readonly Span[]) => spans.some((other) => sameSpan(span, other));
  const missed = truth.filter((span) => !isIn(span, found));
  const names = missed.map(
    (span) => `${nameOf(span)} “${request.words.slice(span.from, span.to).join(' ')}”`,
  );
  return (
    <li>
      <p class={request.intent === request.truth.intent ? 'intent' : 'intent missed'}>
        {intentName(request.intent)}
        {request.intent !== request.truth.intent && ` ✗ it is: ${intentName(request.truth.intent)}`}
      </p>
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
