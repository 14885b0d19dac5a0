/* The scan h_t = a_t ⊙ h_{t−1} + b_t composed by doubling, and the layers that are made of it. */
import { reference } from '@recurra/backend-reference';
import { bidirectional, dense, minGru, minLstm, sequential, type Tensor, withTape } from '@recurra/core';
import { scan, unroll } from '@recurra/core/backend';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';

const backend = await reference();
afterAll(() => backend.dispose());

const number = (i: number) => Math.sin(i * 12.9898) * 1.5;
const values = (count: number, seed: number) => Array.from({ length: count }, (_, i) => number(i + seed));
const near = (actual: ArrayLike<number>, expected: ArrayLike<number>) => {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++)
    expect(Math.abs(actual[i] - expected[i])).toBeLessThanOrEqual(1e-11 * Math.max(1, Math.abs(expected[i])));
};

const H = 2;
const scans = fc
  .record({
    time: fc.constantFrom(0, 1, 2, 3, 4, 5, 8, 13),
    batch: fc.integer({ min: 1, max: 3 }),
    seed: fc.nat(999),
  })
  .chain(({ time, batch, seed }) =>
    fc.record({
      time: fc.constant(time),
      batch: fc.constant(batch),
      seed: fc.constant(seed),
      reverse: fc.boolean(),
      start: fc.boolean(),
      lengths: fc.option(fc.array(fc.nat(time), { minLength: batch, maxLength: batch })),
    }),
  );

it('the scan and its gradients are those of its steps one by one', () =>
  fc.assert(
    fc.asyncProperty(scans, async ({ time, batch, seed, reverse, start, lengths }) => {
      const compute = (stepped: boolean) =>
        withTape(backend, async (tape) => {
          const upload = (shape: number[], seed: number) =>
            tape.watch(
              tape.constant(
                values(
                  shape.reduce((n, size) => n * size, 1),
                  seed,
                ),
                shape,
              ),
            );
          const a = upload([time, batch, H], seed);
          const b = upload([time, batch, H], seed + 500);
          const h0 = start ? upload([batch, H], seed + 900) : tape.fill([batch, H], 0);
          const rows = lengths ? tape.constant(lengths, [batch]) : undefined;
          let y: Tensor;
          let state: Tensor;
          if (stepped) {
            const cell = {
              step(x: Tensor, [h]: readonly Tensor[]) {
                const [a, b] = tape.split(x, [H, H], 1);
                return [tape.add(tape.mul(a, h), b)];
              },
            };
            const run = unroll(tape, cell, tape.concat([a, b], 2), [h0], { lengths: rows, reverse });
            [y, state] = [run.y as Tensor, run.state[0]];
          } else {
            const inputs = { a, b, lengths: rows, ...(start && { initialState: h0 }) };
            ({ y, state } = scan(tape, inputs, { reverse }));
          }
          const seeds: [Tensor, Tensor][] = [
            [y, tape.constant(values(time * batch * H, 3), [time, batch, H])],
            [state, tape.constant(values(batch * H, 70), [batch, H])],
          ];
          // Either of the outputs may be unused.
          const used = seed % 3 === 0 ? seeds : [seeds[seed % 2]];
          const all = [y, state, ...tape.gradients(used, start ? [a, b, h0] : [a, b])];
          return Promise.all(all.map((tensor) => backend.read(tensor)));
        });
      const before = backend.memory();
      const [fast, expected] = [await compute(false), await compute(true)];
      for (const [i, result] of fast.entries()) near(result, expected[i]);
      expect(backend.memory()).toEqual(before);
    }),
    { numRuns: 40, seed: 5 },
  ));

const sequence = (length: number, phase: number) =>
  Array.from({ length }, (_, t) => [Math.sin(phase + t), Math.cos(2 * t - phase)]);

describe.each([
  ['minGru', minGru],
  ['minLstm', minLstm],
])('%s', (kind, make) => {
  const options = { units: 3, biasInitializer: { kind: 'uniform', min: -0.5, max: 0.5 } } as const;
  const network = sequential([make({ ...options, returnSequences: true, returnState: true })], {
    inputShape: [null, 2],
  }).on(backend, {
    seed: 2,
  });
  const frames = sequence(7, 1);

  it('a stream, and the parts of a sequence one after another, give what the whole gives', async () => {
    const whole = (await network.predictAll([frames])).outputs.output.data;
    const stream = network.stream();
    for (const [t, frame] of frames.entries()) near(await stream.push(frame), whole.slice(t * 3, t * 3 + 3));
    stream.close();
    const first = await network.predictAll([frames.slice(0, 3)]);
    const rest = await network.predictAll([frames.slice(3)], { initialState: first.states });
    near([...first.outputs.output.data, ...rest.outputs.output.data], whole);
    near([...rest.states[0][0].data], whole.slice(-3));
  });

  it('stays finite where all gates are closed', async () => {
    const far = sequential([make({ units: 1, biasInitializer: { kind: 'constant', value: -800 } })], {
      inputShape: [null, 2],
    }).on(backend);
    const [[h]] = (await far.predict([frames], { initialState: { 0: [[[0.5]]] } })) as number[][];
    // Both gates of minLstm are equally small, so half of the state is left after each step.
    if (kind === 'minGru') expect(h).toBeCloseTo(0.5, 12);
    else expect(h).not.toBeNaN();
  });

  it('reports the scan it uses, in each direction', () => {
    const both = sequential([bidirectional(make({ units: 2 })), dense({ units: 1 })], {
      inputShape: [null, 2],
    });
    expect(
      both
        .on(backend)
        .explain()
        .filter(({ kernel }) => kernel === 'scan'),
    ).toEqual(
      [0, 1].map(() => expect.objectContaining({ implementation: 'composed', reason: 'no fused kernel' })),
    );
  });
});
