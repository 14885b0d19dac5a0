import { mount } from '../../src/frame/mount.js';
import { playsAttribution } from '../../src/frame/plays-attribution.js';
import type { Predicted } from './inference.js';
import './page.css';
import { Passage } from './passage.js';
import code from './task.ts?raw';
import record from './trained.json';
import { Writer } from './writer.js';

mount<readonly Predicted[]>({
  name: 'text',
  lede: 'A network reads Shakespeare a character at a time and guesses the next. Draw from its guesses, feed them back, and it writes. It begins here knowing not one word.',
  Result: (props) => (
    <>
      <Writer {...props} />
      <Passage passage={props.picture} />
    </>
  ),
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        The measure is bits a character: how many yes-or-no questions are left, on average, to know the next
        one. Guessing blindly among 65 costs 6.0. Counting which character follows each four, a 5-gram, needs
        no training at all, counts all the text in two seconds, and is hard to beat: for most of the training
        here it is simply better.
      </p>
      <p>
        First come spaces and frequent letters, then words, then who speaks and where the lines break. It
        never comes to mean anything: a network of this size knows how the plays look, not what they say.
      </p>
    </>
  ),
  code,
  trained: { url: new URL('./trained.safetensors', import.meta.url).href, record },
  attribution: playsAttribution,
});
