/* Sentences kept back, as the network reads them. */
import type { Reading, ReadReview } from './inference.js';
import { verdictOf, Weighed } from './weighed.js';

export function KeptBack({ reviews }: { reviews: readonly ReadReview[] | undefined }) {
  const right = (reader: 'network' | 'bayes') =>
    reviews?.filter((review) => isRight(review[reader], review.positive)).length;
  return (
    <section class="kept-back" data-picture aria-labelledby="kept-back">
      <h2 id="kept-back">Twelve sentences that it never sees in training</h2>
      <p class="quiet">
        A word is <span class="word for key">blue with a line</span> where it makes the network read the
        sentence as more positive, and <span class="word against key">orange with dots</span> where as more
        negative.
        {reviews && ` It reads ${right('network')} of them right, naive Bayes ${right('bayes')}.`}
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
  const { network, bayes, positive } = review;
  const right = isRight(network, positive);
  return (
    <li class={right ? '' : 'wrong'}>
      <p>
        <Weighed read={review} reading={network} />
      </p>
      <p class="quiet">
        {verdictOf(network)}
        {right ? '' : ` ✗ it is ${positive ? 'positive' : 'negative'}`}
        {isRight(bayes, positive) === right ? '' : ` · naive Bayes is ${right ? 'wrong' : 'right'} here`}
      </p>
    </li>
  );
}

function isRight({ logOdds }: Reading, positive: boolean): boolean {
  return logOdds > 0 === positive;
}
