import { mount } from '../../src/frame/mount.js';
import type { JudgedTagging } from './inference.js';
import { KeptBack } from './kept-back.js';
import './page.css';
import { Reader } from './reader.js';
import code from './task.ts?raw';
import record from './trained.json';

mount<readonly JudgedTagging[]>({
  name: 'tagging',
  lede: 'What a voice assistant has to find in a request: which words name the artist, the city, the time. A bidirectional LSTM gives each word one of 72 tags, and sees the words on both sides of it.',
  Result: (props) => (
    <>
      <Reader {...props} />
      <KeptBack requests={props.picture} />
    </>
  ),
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        A tag says that a slot begins at the word, goes on, or that there is none. The score is strict: a span
        of words counts only if its slot, its first and its last word are all right. The tag that a word has
        most often finds half of the spans, and two thirds if it is looked up together with the word before.
      </p>
      <p>
        Most names are new to the network. It knows some 3,000 words and reads all others as one unknown word,
        so only the words around them give them away: it knows neither “Nina” nor “Simone”, but what stands
        between “by” and “to” in such a request is an artist. A title that reads like a sentence is often cut
        in the wrong place. Requests of other kinds than the seven in the data cannot be expected to work.
      </p>
    </>
  ),
  code,
  trained: { url: new URL('./trained.safetensors', import.meta.url).href, record },
  attribution: (
    <p>
      A. Coucke et al. (2018), <a href="https://arxiv.org/abs/1805.10190">Snips Voice Platform</a>: the{' '}
      <a href="https://github.com/sonos/nlu-benchmark">NLU benchmark</a> of 2017, 14,484 requests of seven
      kinds, <a href="https://creativecommons.org/publicdomain/zero/1.0/">CC0 1.0</a>. Changed: the spans were
      cut into words and turned into tags; gzipped.
    </p>
  ),
});
