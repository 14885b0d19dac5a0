import { mount } from '../../src/frame/mount.js';
import type { Shares } from './inference.js';
import './page.css';
import { Result } from './result.js';
import code from './task.ts?raw';
import record from './trained.json';

mount<Shares>({
  name: 'both-directions',
  lede: 'Is “six” a number of guests or a time of day? The answer may come only in the next word. Two networks with as many weights learn to tag the words of a request: one reads from the first word to the last, the other from both ends.',
  Result,
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        When a network that reads from the first word to the last tags a word, it has not seen the words that
        follow, so hiding them changes nothing. It can only give what is most probable so far, and after “a
        table for six” that is the number of guests. A network that reads from the end too knows that “pm”
        follows. The last two examples are held-out requests.
      </p>
      <p>
        Both have the same number of weights, except for 96 of 168,744: one has a single direction of 53
        units, the other two directions of 32 units each. Trained on the same requests for eight epochs with
        seed 1, one direction finds the spans with an F1 of 80.1 %, both with 86.9 %. Most of that is gained
        at the first word of a slot, of which one direction tags 86.1 % correctly and both 92.6 %. The later
        words of a slot follow its first word, which one direction has seen, so they gain less: 84.9 % and
        87.2 %. Words outside of all slots gain nothing.
      </p>
      <p>
        The price is that the whole request must be known before its first word can be tagged. A network that
        answers while somebody is still speaking has one direction only. The page on tagging has a larger
        network of this kind.
      </p>
    </>
  ),
  code,
  trained: {
    url: [
      new URL('./trained-one-direction.safetensors', import.meta.url).href,
      new URL('./trained.safetensors', import.meta.url).href,
    ],
    record,
  },
  attribution: (
    <p>
      A. Coucke et al. (2018), <a href="https://arxiv.org/abs/1805.10190">Snips Voice Platform</a>: the{' '}
      <a href="https://github.com/sonos/nlu-benchmark">NLU benchmark</a> of 2017, 14,484 requests of seven
      kinds, <a href="https://creativecommons.org/publicdomain/zero/1.0/">CC0 1.0</a>. Changed: the spans were
      cut into words and turned into tags; gzipped.
    </p>
  ),
});
