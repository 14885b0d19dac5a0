import { mount } from '../../src/frame/mount.js';
import type { Sums } from './inference.js';
import './page.css';
import { Result } from './result.js';
import code from './task.ts?raw';
import record from './trained.json';

mount<Sums>({
  name: 'evolution',
  lede: 'The same network is trained twice from the same weights: by the gradients of backpropagation through time (BPTT), and by evolution strategies, which only compare scores. See how far each gets, and what it costs.',
  Result,
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        Two of the numbers in a sequence are marked, and the answer after the last step is their sum; an
        answer within 0.1 counts as right. The network is a GRU with 16 units. <b>BPTT</b> computes the
        gradient of the squared error of one batch, in a forward and a backward pass, and moves the weights
        against it.
        <b> Evolution</b> adds noise to the weights, scores a population of such networks on the same batch,
        and moves the weights towards the noise of the better ones. It computes no gradient.
      </p>
      <p>
        While the page trains, each step of BPTT goes with one generation of evolution. A generation takes
        many times as long, because each network of the population has its own forward pass. The curves are
        therefore drawn over what each network has cost, and not over steps. The forward passes of a
        generation do not depend on each other, so many machines could share them; here, one core computes
        them one after another.
      </p>
      <p>
        A larger population costs more, but its generations are more reliable. The noise σ must be large
        enough to change the scores, and small enough for the network to work at all. The loss of evolution in
        the curve on the side is that of the networks with noise, and is higher than that of the network
        without noise, which is the one that is scored, saved and asked. There is no curve of its gradient
        norm.
      </p>
      <h2>When evolution is worth it</h2>
      <p>
        If the loss has a gradient, use BPTT. An evolution strategy estimates the same direction from noise,
        and the estimate becomes worse with more weights. It is worth its cost for scores without a gradient:
        the number of errors after decoding, the result of a game or a simulation, or a network that runs
        where no gradient can be computed. Then it needs only a function that returns a number for a network (
        <code>evolve</code>). The score must still change a little with the weights; a score that is the same
        for almost every network teaches nothing. The file <code>docs/evolution.md</code> has the equations’
        source, a guide, and a table of the costs on two tasks.
      </p>
    </>
  ),
  code,
  trained: {
    url: [
      new URL('./trained.safetensors', import.meta.url).href,
      new URL('./trained-evolution.safetensors', import.meta.url).href,
    ],
    record,
  },
  attribution: (
    <p>
      There is no data set: the sequences are random, drawn by fixed seeds. Adding is a task of S. Hochreiter
      and J. Schmidhuber, “Long short-term memory”, Neural Computation 9 (1997); this form of evolution
      strategies is that of T. Salimans et al., “Evolution strategies as a scalable alternative to
      reinforcement learning” (2017).
    </p>
  ),
});
