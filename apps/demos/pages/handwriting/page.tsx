import { mount } from '../../src/frame/mount.js';
import { Digits } from './digits.js';
import { Pad } from './pad.js';
import './page.css';
import type { ReadDigit } from './inference.js';
import code from './task.ts?raw';
import record from './trained.json';

mount<readonly ReadDigit[]>({
  name: 'handwriting',
  lede: 'A small recurrent network learns, here and now, to read digits from the path of the pen: not from the finished drawing, but from eight points in the order in which they were drawn.',
  Result: ({ picture, ask }) => (
    <>
      <Pad ask={ask} examples={picture} />
      <Digits digits={picture} />
    </>
  ),
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        The training set is 7,494 digits by 30 people. The score is of 3,498 digits by 14 others, so that the
        network cannot have learnt anybody's hand. After a few seconds it makes fewer mistakes than looking up
        the most similar of all the training digits, with some 8,000 weights instead of all the data.
      </p>
      <p>
        While you draw, the path so far is cut into eight equal pieces and read as if it were the whole digit.
        That is why the reading changes its mind: the first half of an 8 is a fair 5.
      </p>
    </>
  ),
  code,
  trained: { url: new URL('./trained.safetensors', import.meta.url).href, record },
  attribution: (
    <p>
      E. Alpaydin and F. Alimoglu (1998),{' '}
      <a href="https://archive.ics.uci.edu/dataset/81/pen+based+recognition+of+handwritten+digits">
        Pen-Based Recognition of Handwritten Digits
      </a>
      , UCI Machine Learning Repository, <a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.
      Changed: the two files were joined, and a column says which is which.
    </p>
  ),
});
