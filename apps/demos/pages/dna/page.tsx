import { mount } from '../../src/frame/mount.js';
import type { Told } from './inference.js';
import './page.css';
import { Reader } from './reader.js';
import code from './task.ts?raw';
import record from './trained.json';

mount<readonly Told[]>({
  name: 'dna',
  lede: 'In a gene, the parts that are used, exons, are parted by others that are cut out, introns. A network learns to see from 60 letters of DNA whether one passes into the other in their middle.',
  Result: Reader,
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        Nearly every intron begins with GT and ends with AG. Change one of those letters in the sequence
        above, and see the choice fall. But GT and AG stand everywhere in DNA; what lies around them decides,
        and that is what the network has to learn.
      </p>
      <p>
        Naive Bayes, which only counts how often each letter stands at each position, is nearly as good, and
        learns in a blink: some positions speak for themselves. Of the sequences kept back, the two differ by
        a handful, which another split could turn round. Some 185 sequences are in the data more than once;
        equal ones are kept on one side.
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
      Changed: padding spaces removed; gzipped.
    </p>
  ),
});
