import { mount } from '../../src/frame/mount.js';
import { Digits } from './digits.js';
import { Pad } from './pad.js';
import './page.css';
import type { ReadDigit } from './inference.js';
import code from './task.ts?raw';
import record from './trained.json';

mount<readonly ReadDigit[]>({
  name: 'handwriting',
  lede: 'A small recurrent network is learning to read digits from the path of the pen: not from the finished drawing, but from eight points in the order in which they were drawn.',
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
        The network is trained on 7,494 digits by 30 people and scored on 3,498 digits by 14 others, so it has
        never seen their handwriting. After a few seconds it makes fewer mistakes than looking up the most
        similar of all the training digits, with about 8,000 weights instead of all the data.
      </p>
      <p>
        While you draw, eight points at equal distances along the path so far are read as if they were the
        whole digit. That is why the network changes its mind: the first half of an 8 looks like a 5.
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
      Changed: the two files were joined, with a column that names the original file of each row.
    </p>
  ),
});
