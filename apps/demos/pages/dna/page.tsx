import { mount } from '../../src/frame/mount.js';
import folds from './folds.json';
import type { Classified } from './inference.js';
import './page.css';
import { Reader } from './reader.js';
import code from './task.ts?raw';
import record from './trained.json';

mount<readonly Classified[]>({
  name: 'dna',
  lede: 'A gene consists of exons, which are used, and introns between them, which are cut out. A network reads 60 letters of DNA and learns whether an exon or an intron ends exactly in the middle.',
  Result: Reader,
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        Nearly every intron begins with GT and ends with AG. Change one of those letters in the sequence
        above, and the probability drops. But GT and AG occur everywhere in DNA: the letters around them
        decide, and those are what the network has to learn.
      </p>
      <p>
        Naive Bayes only counts how often each letter occurs at each position. It is nearly as good and takes
        no time to train. On the held-out fifth the two differ by a handful of sequences, so it is fairer to
        hold out each fifth once (<code>{folds.command}</code>): over these five folds the network classifies{' '}
        {folds.score.toFixed(1)} % of the sequences correctly, naive Bayes {folds.baseline.toFixed(1)} %.
        About 185 sequences occur more than once in the data; equal ones are always in the same fold.
      </p>
    </>
  ),
  code,
  trained: { url: new URL('./trained.safetensors', import.meta.url).href, record },
  attribution: (
    <p>
      G. Towell, M. Noordewier and J. Shavlik,{' '}
      <a href="https://archive.ics.uci.edu/dataset/69/molecular+biology+splice+junction+gene+sequences">
        Molecular Biology (Splice-junction Gene Sequences)
      </a>
      , UCI Machine Learning Repository, <a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.
      Changed: padding spaces were removed; gzipped.
    </p>
  ),
});
