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
      <p>
        Fifty times a second, the network outputs the probability of each digit, and of the blank, which
        stands for no digit. What it reads is found by taking the most probable at every frame, merging equal
        neighbours and leaving out the blanks. In the first steps it learns to output blanks only; then the
        digits appear, at first with mistakes. Nearly all frames stay blank, and a digit is a spike of a few
        frames: the loss only asks for the right list, and a short spike is enough for that. A blank between
        two spikes is what makes “7 7” different from “7”.
      </p>
      <p>
        Where the right digits fit best is found by forced alignment: the most probable path that is read as
        these digits. Where they were spoken is known here because the strings were joined from single
        recordings, with gaps of noise in the levels of the recordings’ own quietest frames. The network sees
        none of that. It reads in both directions, so its spike can be anywhere in the word.
      </p>
      <p>
        Joined words are easier than fluent speech, in which words run into each other. The score is of takes
        that are not in the training data, by voices that are. Hold out the speaker theo, and the network has
        to read a voice that it has never heard: it then reads 11.5 % of the digits wrong. The settings were
        chosen with strings of takes 5 to 9, without those of the score.
      </p>
      <p>
        The baseline knows where each recording for training begins and ends, which the network is never told.
        Windows of five lengths slide over the string, each is compared with all these recordings by ten
        frames, and the windows that fit best and do not overlap are read.
      </p>
      <p>
        Your own voice comes from another microphone and another room. Expect more mistakes than the score
        suggests. The sound stays in your browser.
      </p>
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
