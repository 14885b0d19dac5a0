import { mount } from '../../src/frame/mount.js';
import { Arena } from './arena.js';
import type { Foreseen } from './inference.js';
import './page.css';
import code from './task.ts?raw';
import { ThrowsKeptBack } from './throws-kept-back.js';
import record from './trained.json';

mount<readonly Foreseen[]>({
  name: 'ball',
  lede: 'A network watches a ball in eight small pictures and says where it will be next. Nobody tells it that there is a ball, that it flies straight, or where the walls are.',
  Result: (props) => (
    <>
      <Arena {...props} />
      <ThrowsKeptBack throws={props.picture} />
    </>
  ),
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        The network reads each picture as 256 numbers in a row. It has to find out which of them lie beside
        each other, that the light moves on as it did before, and that it turns round at the walls. At first
        its forecasts lie in the middle of the room; then they follow the ball; the bounces come last.
      </p>
      <p>
        A straight line through the last two pictures is the one to beat: it is right in mid-air and wrong at
        every wall. A line that is told where the walls are goes wrong only when the ball has just bounced
        between those two pictures. For a while it is better than the network, and for so simple a world it
        would be the thing to use; the network needed no such telling, only 3,000 throws.
      </p>
    </>
  ),
  code,
  trained: { url: new URL('./trained.safetensors', import.meta.url).href, record },
  attribution: (
    <p>
      There is no data set: 3,000 throws for training and 500 for the score are made by two seeds, each of
      eight pictures of 16 × 16 pixels. Where the ball starts, its direction and its speed, 0.8 to 2.2 pixels
      a picture, are drawn at random.
    </p>
  ),
});
