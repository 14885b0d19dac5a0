import readme from '../../data/anomaly-nab/README.md?raw';
import { mount } from '../../src/frame/mount.js';
import type { Watch as Watched } from './inference.js';
import './page.css';
import code from './task.ts?raw';
import record from './trained.json';
import { Watch } from './watch.js';

/** The text of the licence, which must accompany every copy of the data. */
const licence = readme.split('```')[1].trim();

mount<Watched>({
  name: 'anomaly',
  lede: 'A network learns to compress an ordinary day of New York’s taxis into sixteen numbers and to restore it. If it cannot restore a day, that day is unlike those before, and it raises an alarm.',
  Result: Watch,
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        The network is not told what an anomaly is. It is trained on the four months before the first labelled
        one: an encoder compresses each day into sixteen numbers, and a decoder restores the day from them. It
        restores days well if it has often seen similar ones. The threshold comes from those months too: the
        error that one half hour in a hundred exceeded.
      </p>
      <p>
        A simple rule, the difference from the same half hour a week before, finds fewer anomalies, even with
        the best threshold, which nobody could know in advance. F1 counts half hours, and the labels span four
        or five days around each event, so no method comes near 1.
      </p>
      <p>
        Two choices were made after looking at scores on these same three months, so the scores are somewhat
        too good: errors are averaged over two days, and one half hour in a hundred sets the threshold. Both
        are the same for the network and the rule. With errors averaged over one day, the network’s F1 was
        0.66.
      </p>
      <p>
        Not every false alarm is a mistake: a day can be unusual although nobody labelled it. And five events
        are too few to measure a method well.
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
        marks the labelled rows; six significant digits.
      </p>
      <details>
        <summary>The licence</summary>
        <p class="quiet licence">{licence}</p>
      </details>
    </>
  ),
});
