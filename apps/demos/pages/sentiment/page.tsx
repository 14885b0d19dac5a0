import { mount } from '../../src/frame/mount.js';
import { HeldOut } from './held-out.js';
import type { ReadReview } from './inference.js';
import './page.css';
import { Reader } from './reader.js';
import code from './task.ts?raw';
import record from './trained.json';
import recordOf3 from './trained-3.json';

mount<readonly ReadReview[]>({
  name: 'sentiment',
  lede: 'Is a sentence of a review positive or negative? A bidirectional GRU learns it from a few thousand sentences, and each word shows how much it moves the answer. It is compared with naive Bayes, which only counts words and does about as well.',
  Result: (props) => (
    <>
      <Reader {...props} />
      <HeldOut reviews={props.picture} />
    </>
  ),
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        Naive Bayes counts how often each word occurs in positive and in negative sentences, and adds up the
        evidence. For a few thousand short sentences that is nearly all there is to know, and the network is
        not reliably better: whichever is ahead by a point or two may be behind on other sentences. With
        hundreds of thousands of reviews, this could be different.
      </p>
      <p>
        With three classes, sentences may also be neutral. These are other sentences, each rated by twenty
        people. A sentence is neutral if its mean rating is within half a point of zero, which is hard to
        distinguish from mild praise. No review has sentences on both sides of the split. Naive Bayes
        classifies 58.9 % of the held-out sentences correctly, the network 61.5, 60.7 and 59.9 % with seeds 1,
        2 and 3: hardly more, and within the variation that other sentences would cause. Always predicting
        “positive” would give 42.0 %.
      </p>
      <p>
        Only the network can use the order of the words: naive Bayes gives “not” the same weight wherever it
        stands. Try “good”, “not good” and “not bad”. The shade of a word shows how much the network’s
        log-odds change when the word is replaced by one that it does not know. This shows which words the
        network uses, not what the sentence means.
      </p>
    </>
  ),
  code,
  trained: [
    { url: new URL('./trained.safetensors', import.meta.url).href, record },
    { url: new URL('./trained-3.safetensors', import.meta.url).href, record: recordOf3 },
  ],
  attribution: (
    <>
      <p>
        D. Kotzias, M. Denil, N. de Freitas and P. Smyth (2015), From Group to Individual Labels using Deep
        Features, KDD;{' '}
        <a href="https://archive.ics.uci.edu/dataset/331/sentiment+labelled+sentences">
          Sentiment Labelled Sentences
        </a>
        , UCI Machine Learning Repository,{' '}
        <a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>: 500 positive and 500 negative
        sentences each from reviews at Amazon, IMDb and Yelp. Changed: three files joined, white space
        normalised, gzipped.
      </p>
      <p>
        With three classes: C. J. Hutto and E. Gilbert (2014), VADER, ICWSM;{' '}
        <a href="https://github.com/cjhutto/vaderSentiment">vaderSentiment</a>, © 2016 C. J. Hutto,{' '}
        <a href="https://github.com/cjhutto/vaderSentiment/blob/master/LICENSE.txt">MIT</a>: 3,708 sentences
        of reviews at Amazon, collected by M. Hu and B. Liu (2004). Changed: the mean rating of each, from −4
        to 4, was cut at ±0.5 into classes; white space normalised, gzipped.
      </p>
    </>
  ),
});
