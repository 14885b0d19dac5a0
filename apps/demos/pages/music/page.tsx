import { mount } from '../../src/frame/mount.js';
import { Chorale } from './chorale.js';
import { Composer } from './composer.js';
import type { Note } from './inference.js';
import './page.css';
import code from './task.ts?raw';
import record from './trained.json';

mount<readonly Note[]>({
  name: 'music',
  lede: 'A network reads the melodies of eighty chorales by Bach, one note at a time, and learns which note may come next. Give it a few notes, and it continues them.',
  Result: (props) => (
    <>
      <Composer {...props} />
      <Chorale notes={props.picture} />
    </>
  ),
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        The score is in bits per note: how many yes-or-no questions it would take, on average, to find out the
        next one. Guessing blindly among 30 pitches costs 4.9 bits. A trigram model counts which notes follow
        each pair of notes. The network sees all the notes before, and beats the trigram within seconds. Every
        melody is in the training data in eleven keys, so that the network learns intervals and not pitches;
        the trigram is given them too. The recorded training has 40 epochs, a number that was chosen after
        looking at the held-out score after 20.
      </p>
      <p>
        At first its melodies leap about; then they move in small steps, as singers do, and then they keep to
        a key. The network knows only pitches. It has no rhythm, so all notes are played equally long, and no
        bars or endings. Nor does it plan ahead: its melodies wander in the manner of Bach.
      </p>
    </>
  ),
  code,
  trained: { url: new URL('./trained.safetensors', import.meta.url).href, record },
  attribution: (
    <p>
      D. Conklin, <a href="https://archive.ics.uci.edu/dataset/25/bach+chorales">Bach Chorales</a>, UCI
      Machine Learning Repository, <a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>, from
      the copy in <a href="https://github.com/robbiebarrat/Bach_AI">Bach_AI</a>. Changed: converted to JSON
      and gzipped; the page uses the pitches alone. The music itself is in the public domain.
    </p>
  ),
});
