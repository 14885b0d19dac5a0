import { mount } from '../../src/frame/mount.js';
import { Arena } from './arena.js';
import type { Forecast } from './inference.js';
import './page.css';
import { HeldOutThrows } from './held-out-throws.js';
import code from './task.ts?raw';
import record from './trained.json';
import withoutConvolutions from './trained-no.json';

mount<readonly Forecast[]>({
  name: 'ball',
  lede: 'A network watches a ball in eight small pictures and predicts where it will be next. It is not told that there is a ball, that the ball flies straight, or where the walls are.',
  Result: (props) => (
    <>
      <Arena {...props} />
      <HeldOutThrows throws={props.picture} />
    </>
  ),
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        Two convolutions look at each picture with the same small filters at every place, and pooling halves
        its sides after each of them: 4 × 4 places with eight numbers each are left, and the LSTM reads those,
        picture by picture. So the network need not learn anew at every place what a ball looks like. Without
        convolutions the LSTM reads a row of 256 numbers, and has to find out which pixels are neighbours.
        Choose either above: trained as long, the one with convolutions is off by 0.21 pixels, the other by
        0.25, but each of its passes takes longer. At first both predict the middle of the room; then their
        predictions follow the ball; they learn the bounces last.
      </p>
      <p>
        The baseline to beat is a straight line through the ball’s last two positions: it is right in mid-air
        and wrong at every wall. A line that knows where the walls are is wrong only if the ball bounced
        between those two pictures. For a while it is better than the network, and for so simple a world it
        would be the method to use. But the network was told none of this: it learnt from 3,000 throws.
      </p>
    </>
  ),
  code,
  trained: [
    { url: new URL('./trained.safetensors', import.meta.url).href, record },
    { url: new URL('./trained-no.safetensors', import.meta.url).href, record: withoutConvolutions },
  ],
  attribution: (
    <p>
      There is no data set: 3,000 throws for training and 500 for the score are drawn by two seeds. Each has
      eight pictures of 16 × 16 pixels. The ball’s start, direction and speed (0.8 to 2.2 pixels per picture)
      are random.
    </p>
  ),
});
