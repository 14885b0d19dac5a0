import { mount } from '../../src/frame/mount.js';
import type { Norms } from './inference.js';
import './page.css';
import { Result } from './result.js';
import code from './task.ts?raw';
import record from './trained.json';

mount<Norms>({
  name: 'why-lstm',
  lede: 'A simple recurrent network, an LSTM, a GRU and a minGRU are trained side by side on the same sequences: they have to remember something from the first steps until the last. See how much of the gradient reaches each step, and which network learns it and when.',
  Result,
  notes: (
    <>
      <h2>What there is to see</h2>
      <p>
        On its path back through time, the gradient is multiplied once at each step. In a simple recurrent
        network it passes through the weights and the tanh each time. The LSTM’s cell state is only multiplied
        by the forget gate, and the GRU’s output by the update gate, which training can bring near 1. All have
        24 units, with different numbers of weights.
      </p>
      <p>
        <b>No recurrent product</b>: the gate and the candidate of the minGRU depend only on the input of
        their step, not on what the cell remembers, so all steps of a sequence can be computed at once. It can
        decide by an input whether to keep it, and its gradient is only multiplied by 1 minus the gate: with
        169 weights instead of the GRU’s 2,041, it learns to add, though later. It cannot decide by what it
        has seen before, and can tell which of two equal inputs came first only by how much of each is left:
        it does not learn to copy four bits over 20 steps in its training, as the other three do, and 82 % of
        its answers are right at the end.
      </p>
      <p>
        <b>Adding</b>: two of the numbers are marked, and the answer after the last step is their sum; an
        answer within 0.1 counts as right. In full trainings of 2,560 steps with seed 1, the GRU had learnt it
        over 20 steps at step 384, the LSTM at step 736 and the minGRU at step 1,632, and the RNN was right in
        60 % of the sequences at the end. Over 40 steps, the GRU had learnt it at step 512, the LSTM at step
        1,024 and the minGRU at step 2,112, and the RNN was no better than a guess. Over 160 steps, the GRU
        had learnt it at step 800 and the LSTM at step 2,240; the minGRU was right in 89 % of the sequences at
        the end. Over 10 steps, the RNN learns it too, at step 2,144.
      </p>
      <p>
        <b>Copying</b>: four bits, then nothing; the answer after the last step is all four bits at once, not
        one by one as in other versions of the task. Here the RNN is the first to learn it, over 20 steps at
        step 32: its recurrent weights begin as an orthogonal matrix, which preserves the bits by itself, and
        no input disturbs them. Over 160 steps, only the RNN learns it, at step 1,056, and it has lost it by
        the end of the training: 12 % are right. It cannot learn to ignore numbers, as adding requires.
      </p>
      <p>
        <b>Vanishing and exploding</b>: if the initial recurrent weights are multiplied by 0.5, only a 10⁻¹³
        part of the RNN’s gradient is left at the first of 40 steps; if they are multiplied by 2, it grows a
        thousandfold, and over 500 steps to 10²⁸. In that case, the RNN’s training ends at its first step
        without clipping, and continues if its gradient is scaled down to a norm of 1, the level line in the
        curve of its norm. Clipping does not help against vanishing gradients. Before training, the LSTM’s and
        the GRU’s gradients vanish too, even faster than that of an RNN with a factor of 1, but their gates
        can learn to open.
      </p>
      <p>
        The norms are those of the training’s loss with respect to the hidden state, over 16 held-out
        sequences (<code>network.inspect</code>), and become small everywhere when the loss does. How much an
        answer depends on each input is measured by its gradient, computed on a tape (
        <code>tape.gradients</code>), not by leaving out inputs.
      </p>
    </>
  ),
  code,
  trained: {
    url: [
      new URL('./trained-rnn.safetensors', import.meta.url).href,
      new URL('./trained.safetensors', import.meta.url).href,
      new URL('./trained-gru.safetensors', import.meta.url).href,
      new URL('./trained-mingru.safetensors', import.meta.url).href,
    ],
    record,
  },
  attribution: (
    <p>
      There is no data set: the sequences are random, drawn by fixed seeds. Adding is a task of S. Hochreiter
      and J. Schmidhuber, “Long short-term memory”, Neural Computation 9 (1997). The minGRU is a cell of{' '}
      <a href="https://arxiv.org/abs/2410.01201">L. Feng et al. (2024)</a>.
    </p>
  ),
});
