import { mount } from '../../src/frame/mount.js';
import { HeldOut } from './held-out.js';
import type { ReadString } from './inference.js';
import './page.css';
import { Speaker } from './speaker.js';
import code from './task.ts?raw';
import record from './trained.json';
import recordTheo from './trained-theo.json';

mount<readonly ReadString[]>({
  name: 'numbers',
  lede: 'Several digits are spoken, one after the other. The network learns to read them from the list of digits alone: nobody tells it when each was said. It finds out by itself, with connectionist temporal classification (CTC).',
  Result: (props) => (
    <>
      <HeldOut {...props} />
      <Speaker {...props} />
    </>
  ),
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>Notes.</p>
    </>
  ),
  code,
  trained: [
    { url: new URL('./trained.safetensors', import.meta.url).href, record },
    { url: new URL('./trained-theo.safetensors', import.meta.url).href, record: recordTheo },
  ],
  attribution: (
    <p>
      Zohar Jackson, César Souza, Jason Flaks, Yuxin Pan, Hereman Nicolas and Adhish Thite,{' '}
      <a href="https://github.com/Jakobovski/free-spoken-digit-dataset">Free Spoken Digit Dataset</a>,{' '}
      <a href="https://creativecommons.org/licenses/by-sa/4.0/">CC BY-SA 4.0</a>. Changed: features were
      computed and rounded to 6 bits; of the speaker theo, half of the recordings are used; recordings were
      joined to strings, with noise between them; ten of the 3,000 sounds are included as samples, and joined.
    </p>
  ),
});
