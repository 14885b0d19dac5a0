import { mount } from '../../src/frame/mount.js';
import { HeldOut } from './held-out.js';
import type { HeldOut as Picture } from './inference.js';
import './page.css';
import { Reader } from './reader.js';
import code from './task.ts?raw';
import record from './trained.json';

mount<Picture>({
  name: 'tagging',
  lede: 'A voice assistant has to find what is asked for, and which words name the artist, the city or the time. One bidirectional LSTM reads the request; it has two heads: one gives each word one of 72 tags, the other names one of seven intents.',
  Result: (props) => (
    <>
      <Reader {...props} />
      <HeldOut picture={props.picture} />
    </>
  ),
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        A tag says that a slot begins at a word, continues there, or that the word is in no slot. The score is
        strict: a span of words counts only if its slot, its first and its last word are all correct. Giving
        each word its most frequent tag finds half of the spans; looking up each word together with the one
        before it finds two thirds.
      </p>
      <p>
        Most names are new to the network. It knows about 3,000 words, and of the others only how they look:
        whether they begin with a capital letter, and their last two letters. So it must recognise names by
        that and by the words around them: it knows neither “Nina” nor “Simone”, but has learnt that the words
        between “by” and “to” in such a request are an artist. Titles that read like a sentence are often
        split in the wrong position. Do not expect it to handle requests of other kinds than the seven in the
        data.
      </p>
      <p>
        Both heads learn from the same memory of the request, and their losses are added. What is asked for is
        the easier question: naive Bayes, which only counts words, answers it about as well.
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
      split into words and converted to tags; gzipped.
    </p>
  ),
});
