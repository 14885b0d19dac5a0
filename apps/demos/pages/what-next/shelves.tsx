/* All products of the shop, each as large as the network finds it probable. */
import { useMemo } from 'preact/hooks';
import type { Guess } from './inference.js';
import { Garment, nameOf } from './product.js';
import type { Kind, Product } from './sessions.js';

export interface ShelvesProps {
  /** The kinds whose shelves are drawn. */
  readonly kinds: readonly Kind[];
  readonly guesses: readonly Guess[];
  readonly clicked: readonly Product[];
  readonly choose: (id: number) => void;
}

export function Shelves({ kinds, guesses, clicked, choose }: ShelvesProps) {
  const most = Math.max(...guesses.map(({ probability }) => probability));
  // The pictures never change. They are created once, so that updates need not compare them.
  const garments = useMemo(
    () => new Map(guesses.map(({ product }) => [product.id, <Garment key={product.id} product={product} />])),
    [guesses.length],
  );
  const shelves = kinds.map((kind) => guesses.filter(({ product }) => product.kind === kind));
  return (
    <dl class="shelves">
      {shelves.map((shelf, i) => (
        <div key={kinds[i]}>
          <dt>
            {kinds[i]}{' '}
            <span class="quiet">
              {Math.round(100 * shelf.reduce((sum, { probability }) => sum + probability, 0))} %
            </span>
          </dt>
          {/* The list of guesses and “Begin with” do the same by keyboard. */}
          <dd aria-hidden="true">
            {shelf.map(({ product, probability }) => (
              <span
                key={product.id}
                class={clicked.some(({ id }) => id === product.id) ? 'clicked' : ''}
                style={{ '--size': (0.3 + 0.7 * Math.sqrt(probability / most)).toFixed(2) }}
                title={nameOf(product)}
                onPointerUp={() => choose(product.id)}
              >
                {garments.get(product.id)}
              </span>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  );
}
