import readme from '../../data/anomaly-nab/README.md?raw';
import { mount } from '../../src/frame/mount.js';
import type { Watch as Watched } from './inference.js';
import './page.css';
import code from './task.ts?raw';
import record from './trained.json';
import { Watch } from './watch.js';

/** The text of the licence, which goes with every copy of the data. */
const licence = readme.split('```')[1].trim();

mount<Watched>({
  name: 'anomaly',
  lede: 'A network learns to copy ordinary days of New York’s taxis through sixteen numbers. Days that it cannot copy are days like none before: it gives an alarm.',
  Result: Watch,
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        Nobody tells the network what an anomaly is. It sees the four months before the first labelled one,
        puts each day into sixteen numbers, and makes the day of them again. What it has often seen it copies
        well. The threshold comes from those months too: the error that one in a hundred half hours passed.
      </p>
      <p>
        A rule without a network, how far the demand is from the same half hour a week before, finds less,
        even with the best threshold, which nobody could know beforehand. F1 counts half hours, and the labels
        span four or five days around each event, so that no method comes near 1.
      </p>
      <p>
        Two choices were made with scores on these same three months in view, and flatter them: that the
        errors are averaged over two days, and that one half hour in a hundred sets the threshold. Both are
        the same for the network and the rule. Averaged over one day, the network’s F1 was 0.66.
      </p>
      <p>
        Not every false alarm is a mistake: a day can be odd though nobody labelled it. Five events are few;
        take the score for what it is.
      </p>
    </>
  ),
  code,
  trained: { url: new URL('./trained.safetensors', import.meta.url).href, record },
  attribution: (
    <>
      <p>
        Numenta Anomaly Benchmark, <a href="https://github.com/numenta/NAB">github.com/numenta/NAB</a>,
        copyright 2014–2024 Numenta Inc., MIT licence: S. Ahmad, A. Lavin, S. Purdy and Z. Agha (2017),
        Unsupervised real-time anomaly detection for streaming data, Neurocomputing 262. Changed: a column
        says which rows are labelled; six significant digits.
      </p>
      <details>
        <summary>The licence</summary>
        <p class="quiet licence">{licence}</p>
      </details>
    </>
  ),
});
