/* Forty digits of the test set, with the network's reading of each. */
import type { ReadDigit } from './inference.js';

export function Digits({ digits }: { digits: readonly ReadDigit[] | undefined }) {
  const wrong = digits?.filter(({ digit, read }) => digit !== read).length;
  return (
    <section class="digits" data-picture>
      <h2>
        Forty digits that are not in the training data{' '}
        <span class="quiet">
          {wrong === undefined ? '' : wrong === 0 ? 'all read correctly' : `${wrong} misread`}
        </span>
      </h2>
      <ul>
        {digits?.map((digit, i) => <Cell key={i} {...digit} />) ??
          Array.from({ length: 40 }, (_, i) => <li key={i} />)}
      </ul>
    </section>
  );
}

function Cell({ points, digit, read }: ReadDigit) {
  const right = digit === read;
  return (
    <li class={right ? 'right' : 'wrong'}>
      <div aria-hidden="true">
        <svg viewBox="-16 -16 132 132" role="presentation">
          <polyline points={points.map(([x, y]) => `${x},${100 - y}`).join(' ')} />
        </svg>
        {right ? read : `${read} ✗`}
      </div>
      <span class="visually-hidden">{right ? `${digit}, read correctly` : `${digit}, read as ${read}`}</span>
    </li>
  );
}
