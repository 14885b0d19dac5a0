/* Held-out sentences, as classified by the network. */
import type { ReadReview } from './inference.js';
import { classNames } from './reviews.js';
import { kindOf, verdictOf, Weighed } from './weighed.js';

export function HeldOut({ reviews }: { reviews: readonly ReadReview[] | undefined }) {
  const right = (reader: 'network' | 'bayes') =>
    reviews?.filter((review) => kindOf(review[reader]) === review.kind).length;
  return (
    <section class="held-out" data-picture aria-labelledby="held-out">
      <h2 id="held-out">Twelve sentences that it never sees in training</h2>
      <p class="quiet">
        A word is <span class="word for key">blue with a line</span> where it makes the network read the
        sentence as more positive, and <span class="word against key">orange with dots</span> where as more
        negative.
        {reviews && ` It classifies ${right('network')} of them correctly, naive Bayes ${right('bayes')}.`}
      </p>
      <ul>
        {reviews?.map((review, i) => (
          <Line key={i} review={review} />
        ))}
      </ul>
    </section>
  );
}

function Line({ review }: { review: ReadReview }) {
  const { network, bayes, kind } = review;
  const right = kindOf(network) === kind;
  return (
    <li class={right ? '' : 'wrong'}>
      <p>
        <Weighed read={review} reading={network} />
      </p>
      <p class="quiet">
        {verdictOf(network)}
        {right ? '' : ` ✗ it is ${classNames(network.logProbabilities.length)[kind]}`}
        {(kindOf(bayes) === kind) === right ? '' : ` · naive Bayes is ${right ? 'wrong' : 'right'} here`}
      </p>
    </li>
  );
}
