import { mount } from '../../src/frame/mount.js';
import { HeldOut } from './held-out.js';
import type { JudgedWord } from './inference.js';
import './page.css';
import { Reader } from './reader.js';
import code from './task.ts?raw';
import record from './trained.json';

mount<readonly JudgedWord[]>({
  name: 'sounds',
  lede: 'English spelling says little about how a word sounds. One LSTM reads the letters in both directions, another one says the sounds, one after the other. Before each it looks at the letters again: the attention.',
  Result: (props) => (
    <>
      <Reader {...props} />
      <HeldOut words={props.picture} />
    </>
  ),
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        Nobody tells the network which letter makes which sound: it sees 15,000 words with their phones, the
        sounds of English as the CMU dictionary writes them. The matrix shows where it looks: a row for each
        phone, a column for each letter. At first the rows are evenly pale, and the phones are nonsense. Once
        it has learnt that the letters come in order, a line appears from one corner to the other, and most
        mistakes go away. What the LSTM reads at a letter depends on those around it, so the strongest weight
        need not be on the letter that you would choose.
      </p>
      <p>
        Beam search follows four beginnings at every step. It keeps the four whose probabilities are the best,
        so a phone that seemed less likely at first can still win. The list shows the four that were left,
        with their probabilities.
      </p>
      <p>
        The trained network says 64.5 % of the 1,500 held-out words without a mistake. The dictionary gives
        one pronunciation of each word, American, without stress here, and counts every other one as wrong.
      </p>
    </>
  ),
  code,
  trained: { url: new URL('./trained.safetensors', import.meta.url).href, record },
  attribution: (
    <p>
      <a href="https://github.com/cmusphinx/cmudict">CMU Pronouncing Dictionary</a>, copyright © 1993–2015
      Carnegie Mellon University, all rights reserved; redistributed under its licence, which is in{' '}
      <code>apps/demos/data/g2p-cmudict/README.md</code>. Changed: 18,000 of its words, the first
      pronunciation of each, without stress.
    </p>
  ),
});
