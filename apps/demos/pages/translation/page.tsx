import { mount } from '../../src/frame/mount.js';
import { HeldOut } from './held-out.js';
import type { JudgedSentence } from './inference.js';
import './page.css';
import { Reader } from './reader.js';
import code from './task.ts?raw';
import record from './trained.json';

mount<readonly JudgedSentence[]>({
  name: 'translation',
  lede: 'One LSTM reads a short English sentence in both directions, another one writes it in French, word by word. Before each word it looks at the English ones again: the attention.',
  Result: (props) => (
    <>
      <Reader {...props} />
      <HeldOut sentences={props.picture} />
    </>
  ),
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        The matrix has a row for each French word and a column for each English one. Where French puts its
        words in another order, the strong cells leave the diagonal. The list above shows the four
        translations that beam search had left, with their probabilities.
      </p>
      <p>
        Do not rely on these translations. The network has seen 11,407 pairs of sentences of three to eight
        words, knows some 1,300 English words, and weighs less than a megabyte. Of 500 sentences that it has
        not seen it translates 66 without a mistake; many others are French that says something else. BLEU,
        the usual score of translations, counts the runs of one to four words that a right translation has
        too: it is 35 of 100, and 22 for the baseline, which copies the translation of the most similar
        sentence it knows.
      </p>
      <p>
        A sentence counts as right if it is one of its translations in the data, word for word, except for
        capital letters. Often several are right and the data has one, so some of the mistakes are none: “tu”
        for “vous”, for instance.
      </p>
    </>
  ),
  code,
  trained: { url: new URL('./trained.safetensors', import.meta.url).href, record },
  attribution: (
    <p>
      Sentences of <a href="https://tatoeba.org">tatoeba.org</a>, by way of{' '}
      <a href="https://www.manythings.org/anki">www.manythings.org/anki</a>, 2017,{' '}
      <a href="https://creativecommons.org/licenses/by/2.0/fr/">CC BY 2.0 FR</a>. Changed: 9,000 short English
      sentences of frequent words were kept, with their translations, and split; gzipped.
    </p>
  ),
});
