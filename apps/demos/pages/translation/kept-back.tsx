/* Held-out sentences, and the network's translations. */
import type { JudgedSentence } from './inference.js';

export function KeptBack({ sentences }: { sentences: readonly JudgedSentence[] | undefined }) {
  const right = sentences?.filter(({ isRight }) => isRight).length;
  return (
    <section class="kept-back" data-picture aria-labelledby="kept-back">
      <h2 id="kept-back">
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
