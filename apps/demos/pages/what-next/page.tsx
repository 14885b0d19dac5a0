import { mount } from '../../src/frame/mount.js';
import { HeldOut } from './held-out.js';
import type { Click } from './inference.js';
import './page.css';
import { Shop } from './shop.js';
import code from './task.ts?raw';
import record from './trained.json';

mount<readonly (readonly Click[])[]>({
  name: 'what-next',
  lede: 'Visitors of a clothing shop click from product to product. A GRU reads the clicks so far and guesses which of the 217 products comes next. It sees only the numbers of the products: their kinds and colours are drawn for you.',
  Result: (props) => (
    <>
      <Shop {...props} />
      <HeldOut sessions={props.picture} />
    </>
  ),
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        The baseline, a first-order Markov chain, counts which product follows which and looks only at the
        last click. In this shop that is nearly all there is to know: over all 29,249 held-out clicks, the
        trained network scores 70.2 % and the chain 70.0 %, a difference too small to matter. While you watch,
        both are measured on an eighth of the sessions.
      </p>
      <p>
        The network is trained on the sessions from April to the middle of July 2008 and scored on those of
        the weeks after. It learns what visitors of this shop looked at next, not what they would like. The
        data has no photos: the pictures show each product’s kind and main colour, which the data gives.
      </p>
    </>
  ),
  code,
  trained: { url: new URL('./trained.safetensors', import.meta.url).href, record },
  attribution: (
    <p>
      M. Łapczyński and S. Białowąs (2013), Discovering Patterns of Users’ Behaviour in an E-shop, Studia
      Ekonomiczne 151;{' '}
      <a href="https://archive.ics.uci.edu/dataset/553/clickstream+data+for+online+shopping">
        Clickstream Data for Online Shopping
      </a>
      , UCI Machine Learning Repository, <a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.
      Changed: rows were grouped into sessions, and products numbered.
    </p>
  ),
});
