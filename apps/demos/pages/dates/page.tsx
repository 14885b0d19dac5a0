import { mount } from '../../src/frame/mount.js';
import type { JudgedDate } from './inference.js';
import { KeptBack } from './kept-back.js';
import './page.css';
import { Reader } from './reader.js';
import code from './task.ts?raw';
import record from './trained.json';

mount<readonly JudgedDate[]>({
  name: 'dates',
  lede: 'A date in words goes in, a date like 1999-10-23 comes out. One GRU reads the words letter by letter, keeps what it needs in 96 numbers, and then writes the date from them.',
  Result: (props) => (
    <>
      <Reader {...props} />
      <KeptBack dates={props.picture} />
    </>
  ),
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        Nobody tells the network what a month is. It sees 8,192 phrases with their dates and has to find out
        that the day in “the third of May” is written 03, at the end. It learns the day last, because it must
        keep it longest. The biases of its gates begin at 1 for that reason, so that at first it keeps all it
        reads: with the usual 0 the same training takes more than twice as long. The dates of the test never
        come in training, in any form.
      </p>
      <p>
        The phrases are made by a program, in twelve forms. A program that knows these forms would make no
        mistake at all, so this is an exercise and not a use. JavaScript’s own <code>Date</code> reads 43 % of
        the phrases right in Chromium. The network does not know any other forms, and writes a date for
        nonsense too. Years in two digits mean 1950 to 2049 in the data.
      </p>
    </>
  ),
  code,
  trained: { url: new URL('./trained.safetensors', import.meta.url).href, record },
  attribution: (
    <p>
      There is no data set: the phrases are drawn by a seeded random generator when the page opens, always the
      same ones. The code is in <code>apps/demos/pages/dates/phrases.ts</code>.
    </p>
  ),
});
