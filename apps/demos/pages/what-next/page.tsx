import { mount } from '../../src/frame/mount.js';
import type { Click } from './inference.js';
import { KeptBack } from './kept-back.js';
import './page.css';
import { Shop } from './shop.js';
import code from './task.ts?raw';
import record from './trained.json';

mount<readonly (readonly Click[])[]>({
  name: 'what-next',
  lede: 'Visitors of a clothing shop click from product to product. A GRU reads the clicks so far and guesses the next among 217 products. It knows nothing of the products but their numbers.',
  Result: (props) => (
    <>
      <Shop {...props} />
      <KeptBack sessions={props.picture} />
    </>
  ),
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        The first-order Markov chain beside it counts which product follows which, and remembers only the last
        click. In this shop that is nearly all there is to know: on all 29,249 clicks of the test the network
        that comes with the page is right for 70.2 % and the chain for 70.0 %, which is no difference to build
        on. While you watch, both are measured on an eighth of the sessions.
      </p>
      <p>
        The network is trained on the sessions of April to the middle of July 2008 and measured on those of
        the weeks after. Nothing here says what a visitor would like, only what visitors of this shop looked
        at next.
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
      Changed: rows were grouped to sessions, and products numbered.
    </p>
  ),
});
