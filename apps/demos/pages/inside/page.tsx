import { mount } from '../../src/frame/mount.js';
import { playsAttribution } from '../../src/frame/plays-attribution.js';
import { Cell } from './cell.js';
import type { Inside } from './inference.js';
import './page.css';
import code from './task.ts?raw';
import record from './trained.json';

mount<Inside>({
  name: 'inside',
  lede: 'A small network reads a sentence one character at a time. This page shows every number inside it: each gate of each unit at each character, and how they change while the network learns.',
  Result: Cell,
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        A gate is a number from 0 to 1 by which another number is multiplied. Where an LSTM’s forget gate is
        near 1 and its input gate near 0, a unit keeps its cell state: look for rows of c whose colour stays
        the same across a word. A GRU does both with one gate, z. A simple recurrent cell has no gates, so
        each step overwrites its whole state.
      </p>
      <p>
        Choose another cell above to see the same sentence in it. Below each equation are the numbers of the
        chosen unit. The sums over all inputs and units inside the gates are not spelled out.
      </p>
      <p>
        The score is not the point of this page: with 24 units the network is soon better than counting letter
        pairs, but not by much.
      </p>
    </>
  ),
  code,
  trained: { url: new URL('./trained.safetensors', import.meta.url).href, record },
  attribution: playsAttribution,
});
