import { mount } from '../../src/frame/mount.js';
import { playsAttribution } from '../../src/frame/plays-attribution.js';
import { Cell } from './cell.js';
import type { Inside } from './inference.js';
import './page.css';
import code from './task.ts?raw';
import record from './trained.json';

mount<Inside>({
  name: 'inside',
  lede: 'A small network reads a sentence a character at a time. These are the numbers that it keeps meanwhile: every gate of every unit, as they are computed, and as they change while it learns.',
  Result: Cell,
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        A gate is a number from 0 to 1 that something is multiplied by. Where an LSTM’s forget gate is near 1
        and its input gate near 0, a unit carries its cell state on unchanged: look for rows of c that keep
        their colour across a word. A GRU does both with one gate, z. A simple recurrent cell has no gate, so
        each step writes over all that it knew.
      </p>
      <p>
        Choose another cell above, and look at the same sentence. The numbers below each equation are those of
        the chosen unit, put into it; what a gate itself is computed from, the sums over all inputs and units,
        is left out.
      </p>
      <p>
        The score is not the point of this page: with 24 units the network soon does better than a count of
        letter pairs, and not much better than that.
      </p>
    </>
  ),
  code,
  trained: { url: new URL('./trained.safetensors', import.meta.url).href, record },
  attribution: playsAttribution,
});
