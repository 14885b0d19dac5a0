import { mount } from '../../src/frame/mount.js';
import type { Predicted } from './inference.js';
import './page.css';
import { Stage } from './stage.js';
import code from './task.ts?raw';
import record from './trained.json';

mount<readonly Predicted[]>({
  name: 'activity',
  lede: 'A person wears three small radios, on the chest and on both ankles. Bodies weaken radio signals: from the strength at which each radio receives the others, a network predicts if the person walks, cycles, stands, sits, lies or bends.',
  Result: Stage,
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        After every second, the network has read the last half minute and predicts what the person does. Two
        recordings are shown one after the other, so that you can see how long it takes to notice the change:
        the join was made here. In motion the signals swing; at rest they are flat, and only their levels
        differ. No half minute of walking or cycling is classified as rest, but of twenty half minutes of
        sitting, eight are classified as standing. If one of the three signals is muted, only 49 to 66 % of
        all half minutes are classified correctly.
      </p>
      <p>
        <strong>The network does not beat its baseline.</strong> With seed 1, it classifies 83 of the 104 half
        minutes correctly. The nearest mean of an activity gets 87 right: it averages each half minute, and
        predicts the activity whose average is nearest. With seeds 2 and 3, the network gets 89 and 87 right,
        so the difference between the two methods is no larger than the effect of the seed.
      </p>
      <p>
        The order of the readings matters little here. With the recordings shuffled in time, the same network
        classifies 84.6 % correctly, and with the recordings played backwards 86.5 %: no less than in the true
        order. A task that an average can solve does not need a recurrent network.
      </p>
      <p>
        Every third recording of each activity is held out. The settings were chosen by four-fold
        cross-validation within the training recordings, where the network was slightly ahead: 82.5 % against
        80.9 %. Seven of the 88 recordings are copies of others, and five held-out recordings would also be in
        the training data, so the copies are left out.
      </p>
    </>
  ),
  code,
  trained: { url: new URL('./trained.safetensors', import.meta.url).href, record },
  attribution: (
    <p>
      F. Palumbo, C. Gallicchio, R. Pucci and A. Micheli (2016), Human activity recognition using multisensor
      data fusion based on Reservoir Computing, Journal of Ambient Intelligence and Smart Environments 8(2);{' '}
      <a href="https://archive.ics.uci.edu/dataset/366/activity+recognition+system+based+on+multisensor+data+fusion+arem">
        Activity Recognition system based on Multisensor data fusion (AReM)
      </a>
      , UCI Machine Learning Repository, <a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.
      Changed: the 88 recordings were joined into one file; gzipped. Seven of them are copies of others, and
      are left out here.
    </p>
  ),
});
