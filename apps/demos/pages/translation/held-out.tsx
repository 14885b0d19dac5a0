/* Held-out sentences, and the network's translations. */
import type { JudgedSentence } from './inference.js';

export function HeldOut({ sentences }: { sentences: readonly JudgedSentence[] | undefined }) {
  const right = sentences?.filter(({ isRight }) => isRight).length;
  return (
    <section class="held-out" data-picture aria-labelledby="held-out">
      <h2 id="held-out">
        Ten sentences that are not in the training data{' '}
        <span class="quiet">{sentences && `${right} translated without a mistake`}</span>
      </h2>
      <ul>
        {sentences?.map(({ english, written, expected, isRight }) => (
          <li key={english}>
            <p class="quiet">{english}</p>
            <p class={isRight ? 'right' : 'wrong'} lang="fr">
              {written || '…'} {isRight ? '✓' : '✗'}
            </p>
            {!isRight && (
              <p class="quiet" lang="fr">
                {expected}
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
