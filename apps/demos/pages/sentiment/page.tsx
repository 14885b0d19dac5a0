import { mount } from '../../src/frame/mount.js';
import type { ReadReview } from './inference.js';
import { KeptBack } from './kept-back.js';
import './page.css';
import { Reader } from './reader.js';
import code from './task.ts?raw';
import record from './trained.json';

mount<readonly ReadReview[]>({
  name: 'sentiment',
  lede: 'Is a sentence of a review positive or negative? A bidirectional GRU learns it from 2,383 sentences, and each word shows how much it moves the answer. Beside it stands naive Bayes, which only counts words and does about as well.',
  Result: (props) => (
    <>
      <Reader {...props} />
      <KeptBack reviews={props.picture} />
    </>
  ),
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        Naive Bayes counts how often each word comes in positive and in negative sentences, and adds up the
        evidence. For a few thousand short sentences that is nearly all there is to know, and the network is
        not reliably better: whichever is ahead by a point or two may be behind on other sentences. With
        hundreds of thousands of reviews it would be another matter.
      </p>
      <p>
        What only the network can use is the order of the words: naive Bayes gives “not” the same weight
        wherever it stands. Try “good”, “not good” and “not bad”. The shade of a word shows by how much the
        network’s log-odds change when the word is replaced by one that it does not know. That is what the
        network uses, which need not be what the sentence means.
      </p>
    </>
  ),
  code,
  trained: { url: new URL('./trained.safetensors', import.meta.url).href, record },
  attribution: (
    <p>
      D. Kotzias, M. Denil, N. de Freitas and P. Smyth (2015), From Group to Individual Labels using Deep
      Features, KDD;{' '}
      <a href="https://archive.ics.uci.edu/dataset/331/sentiment+labelled+sentences">
        Sentiment Labelled Sentences
      </a>
      , UCI Machine Learning Repository, <a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>:
      500 positive and 500 negative sentences each from reviews at Amazon, IMDb and Yelp. Changed: three files
      joined, white space normalised, gzipped.
    </p>
  ),
});
