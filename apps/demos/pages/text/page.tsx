import { mount } from '../../src/frame/mount.js';
import { playsAttribution } from '../../src/frame/plays-attribution.js';
import './page.css';
import { Passage } from './passage.js';
import type { Predicted } from './predicted.js';
import code from './task.ts?raw';
import record from './trained.json';
import { Writer } from './writer.js';

mount<readonly Predicted[]>({
  name: 'text',
  lede: 'A network reads Shakespeare one character at a time and predicts the next. If you draw a character from its prediction and feed it back, again and again, it writes. When this page opens it does not know a single word.',
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
        The score is in bits per character: how many yes-or-no questions it would take, on average, to find
        out the next one. Guessing blindly among 65 characters costs 6.0 bits. A 5-gram model counts which
        characters follow each sequence of four. It is ready in two seconds and hard to beat: for most of the
        training on this page it is better than the network.
      </p>
      <p>
        The network learns spaces and frequent letters first, then words, then the names of speakers and the
        line breaks. What it writes never makes sense: a network of this size learns what the plays look like,
        not what they say.
      </p>
      <p>
        <b>Float32 and int8</b>: <code>network.quantize()</code> makes a copy whose matrices are whole numbers
        from −127 to 127. Each column of a matrix, which computes one number of the layer, has its own scale,
        so that a column of small weights is rounded as finely as one of large weights; in the embedding each
        row, a character, has its own. Biases stay float32. The network that trains here is quantised anew for
        each text. Both networks are measured on the same held-out text as the score, 21 stretches of 400
        characters. The time is that of the fastest of five rounds in turns, at batches of one. On a CPU, int8
        is faster the larger the network is; on a GPU its gain is the smaller file. <code>docs/int8.md</code>{' '}
        has the details, and what was measured on other tasks.
      </p>
    </>
  ),
  code,
  trained: { url: new URL('./trained.safetensors', import.meta.url).href, record },
  attribution: playsAttribution,
});
