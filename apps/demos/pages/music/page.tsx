import { mount } from '../../src/frame/mount.js';
import { Chorale } from './chorale.js';
import { Composer } from './composer.js';
import type { Note } from './inference.js';
import './page.css';
import code from './task.ts?raw';
import record from './trained.json';

mount<readonly Note[]>({
  name: 'music',
  lede: 'A network hears eighty melodies that Bach set as chorales, a note at a time, and learns which note may come next. Give it a few notes, and it goes on from them.',
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
        The measure is bits a note: how many yes-or-no questions are left, on average, to know the next one.
        Guessing blindly among 30 pitches costs 4.9. A trigram counts which note follows each two; the network
        hears all the notes before, and passes it within seconds. Every melody is heard in eleven keys, so
        that it learns steps and not pitches; that helps the trigram a little too. The recorded training takes
        40 epochs, a number chosen after a look at the score of 20.
      </p>
      <p>
        It begins by leaping about, then moves by steps as singers do, and then keeps to a key. It knows
        pitches only: no rhythm, which is why every note is played equally long, no bars, and no end. Nor does
        it keep a plan in mind over many lines: it is one voice that wanders in Bach’s manner.
      </p>
    </>
  ),
  code,
  trained: { url: new URL('./trained.safetensors', import.meta.url).href, record },
  attribution: (
    <p>
      D. Conklin, <a href="https://archive.ics.uci.edu/dataset/25/bach+chorales">Bach Chorales</a>, UCI
      Machine Learning Repository, <a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>, from
      the copy in <a href="https://github.com/robbiebarrat/Bach_AI">Bach_AI</a>. Changed: turned into JSON and
      gzipped; the page uses the pitches alone. The music itself is in the public domain.
    </p>
  ),
});
