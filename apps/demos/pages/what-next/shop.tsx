/* The reader goes from product to product; the network guesses the next. */
import { useAnswer } from '../../src/frame/answer.js';
import { useGradually } from '../../src/frame/frames.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { Meter } from '../../src/frame/probabilities.js';
import { useUrlState } from '../../src/frame/url.js';
import type { Click, Guess, Guesses } from './inference.js';
import { nameOf, ProductLabel, Stripes } from './product.js';
import { KINDS } from './sessions.js';
import { Shelves } from './shelves.js';

const START = '52-53-54';
const LISTED = 8;

export function Shop({ ask, picture }: ResultProps<readonly (readonly Click[])[]>) {
  const [path, setPath] = useUrlState('clicks', START);
  const clicks = path.split('-').map(Number);
  const answer = useAnswer<Guesses>({ ask, picture }, clicks);
  const guesses = answer?.guesses ?? [];
  const kinds = useGradually(answer && KINDS, 1);
  const goOn = (id: number) => setPath(`${path}-${id}`);
  return (
    <section class="shop" aria-labelledby="yours">
      <h2 id="yours">Where would you click next?</h2>
      <Stripes />
      <ol class="path" aria-label="Your clicks so far">
        {answer?.clicks.map((product, i) => (
          <li key={i}>
            <ProductLabel product={product} />
          </li>
        ))}
      </ol>
      <h3>The network’s guesses for the next click. Choose one to continue.</h3>
      <ol class="guesses">
        {likeliest(guesses).map(({ product, probability }) => (
          <li key={product.id}>
            <button type="button" onClick={() => goOn(product.id)}>
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
          Take back the last click
        </button>
        <label class="field">
          Begin again with
          <select value="" onChange={({ currentTarget }) => setPath(currentTarget.value)}>
            <option value="" disabled>
              a product
            </option>
            {kinds.map((kind) => (
              <optgroup key={kind} label={kind}>
                {guesses
                  .filter(({ product }) => product.kind === kind)
                  .map(({ product }) => (
                    <option key={product.id} value={product.id}>
                      {nameOf(product)}
                    </option>
                  ))}
              </optgroup>
            ))}
          </select>
        </label>
      </p>
      <h3>The whole shop: the larger a product, the more probable it is the next click.</h3>
      <Shelves kinds={kinds} guesses={guesses} clicked={answer?.clicks ?? []} choose={goOn} />
    </section>
  );
}

function likeliest(guesses: readonly Guess[]): readonly Guess[] {
  return [...guesses].sort((a, b) => b.probability - a.probability).slice(0, LISTED);
}
