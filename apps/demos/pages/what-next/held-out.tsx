/* Held-out sessions, click by click, with the rank of each click among the network's guesses. */
import { useGradually } from '../../src/frame/frames.js';
import type { Click } from './inference.js';
import { ProductLabel } from './product.js';

export function HeldOut({ sessions }: { sessions: readonly (readonly Click[])[] | undefined }) {
  const ranks = sessions?.flat().flatMap(({ rank }) => (rank === undefined ? [] : [rank]));
  const best = ranks?.filter((rank) => rank === 1).length;
  const shown = useGradually(sessions, 2);
  return (
    <section class="held-out" data-picture aria-labelledby="held-out">
      <h2 id="held-out">Eight sessions that are not in the training data</h2>
      <p class="quiet">
        The number is the rank of the click among the network’s guesses: 1 for the likeliest product.
        {ranks && ` Its first guess is right for ${best} of these ${ranks.length} clicks.`}
      </p>
      <ul>
        {shown.map((clicks, n) => (
          <li key={n}>
            <ol class="path">
              {clicks.map(({ product, rank }, i) => (
                <li key={i}>
                  <ProductLabel product={product} />
                  {rank !== undefined && (
                    <span class={rankClass(rank)}>
                      <span class="visually-hidden">guess number </span>
                      {rank}
                    </span>
                  )}
                </li>
              ))}
            </ol>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Filled for the first five guesses, framed for the twenty that the score counts, dashed for the others. */
function rankClass(rank: number): string {
  if (rank <= 5) return 'rank best';
  return rank <= 20 ? 'rank good' : 'rank';
}
