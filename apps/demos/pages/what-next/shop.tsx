/* The reader goes from product to product; the network guesses the next. */
import { useAnswer } from '../../src/frame/answer.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { Meter } from '../../src/frame/probabilities.js';
import { useUrlState } from '../../src/frame/url.js';
import type { Click, Guesses } from './inference.js';
import { ProductLabel } from './product.js';

const START = '52-53-54';

export function Shop({ ask, picture }: ResultProps<readonly (readonly Click[])[]>) {
  const [path, setPath] = useUrlState('clicks', START);
  const clicks = path.split('-').map(Number);
  const answer = useAnswer<Guesses>({ ask, picture }, clicks);
  const first = picture?.map(([{ product }]) => product) ?? [];
  return (
    <section class="shop" aria-labelledby="yours">
      <h2 id="yours">Where would you go next?</h2>
      <ol class="path" aria-label="Looked at so far">
        {answer?.clicks.map((product, i) => (
          <li key={i}>
            <ProductLabel product={product} />
          </li>
        ))}
      </ol>
      <h3>Its guesses: choose one to go on</h3>
      <ol class="guesses">
        {answer?.guesses.map(({ product, probability }) => (
          <li key={product.id}>
            <button type="button" onClick={() => setPath(`${path}-${product.id}`)}>
              <ProductLabel product={product} />
              <Meter share={probability} />
              <span class="share">{Math.round(100 * probability)} %</span>
            </button>
          </li>
        ))}
      </ol>
      <p class="row">
        <button
          type="button"
          disabled={clicks.length < 2}
          onClick={() => setPath(clicks.slice(0, -1).join('-'))}
        >
          One back
        </button>
        <label class="field">
          Begin with
          <select value="" onChange={({ currentTarget }) => setPath(currentTarget.value)}>
            <option value="" disabled>
              a product
            </option>
            {first.map(({ id, kind, price }, i) => (
              <option key={i} value={id}>
                {kind} {id}, ${price}
              </option>
            ))}
          </select>
        </label>
      </p>
    </section>
  );
}
