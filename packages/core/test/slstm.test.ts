/* sLSTM: its equations without the stabiliser, heads, gradients, and large numbers. */
import { reference } from '@recurra/backend-reference';
import {
  bidirectional,
  type NDArray,
  type Network,
  OptionError,
  sequential,
  slstm,
  Tape,
} from '@recurra/core';
import { afterAll, describe, expect, it } from 'vitest';

const backend = await reference();
afterAll(() => backend.dispose());

const H = 4;
const I = 2;
const frames = Array.from({ length: 6 }, (_, t) => [Math.sin(t + 1), Math.cos(2 * t)]);
const uniform = { kind: 'uniform', min: -0.6, max: 0.6 } as const;
const random = { recurrentInitializer: uniform, biasInitializer: uniform, unitForgetBias: false } as const;
const networkOf = (options: object = {}) =>
  sequential([slstm({ units: H, returnSequences: true, returnState: true, ...random, ...options })], {
    inputShape: [null, I],
  }).on(backend, { seed: 4 });

/** The equations of the paper for one row, with exponential gates that are not stabilised. */
async function equations(network: Network, heads: number, forget: (x: number) => number) {
  const { '0.kernel': W, '0.recurrentKernel': U, '0.bias': b } = await network.getWeights();
  const size = H / heads;
  let [h, c, n] = [0, 1, 2].map(() => new Array<number>(H).fill(0));
  return frames.map((x) => {
    const gates = [0, 1, 2, 3].map((gate) =>
      Array.from({ length: H }, (_, unit) => {
        const head = Math.floor(unit / size);
        let sum = b.data[gate * H + unit];
        for (let k = 0; k < I; k++) sum += x[k] * W.data[k * 4 * H + gate * H + unit];
        for (let k = 0; k < size; k++)
          sum += h[head * size + k] * U.data[(head * size + k) * 4 * size + gate * size + (unit % size)];
        return sum;
      }),
    );
    const [i, f] = [gates[0].map(Math.exp), gates[1].map(forget)];
    c = c.map((c, u) => f[u] * c + i[u] * Math.tanh(gates[2][u]));
    n = n.map((n, u) => f[u] * n + i[u]);
    h = c.map((c, u) => c / n[u] / (1 + Math.exp(-gates[3][u])));
    return h;
  });
}

describe('slstm', () => {
  it.each([
    [1, 'sigmoid', (x: number) => 1 / (1 + Math.exp(-x))],
    [2, 'exponential', Math.exp],
  ] as const)(
    'computes the equations, without the stabiliser: heads %i, %s',
    async (heads, forgetGate, forget) => {
      const network = networkOf({ heads, forgetGate });
      const expected = await equations(network, heads, forget);
      const [whole] = (await network.predict([frames])) as number[][][];
      const stream = network.stream();
      for (const [t, frame] of frames.entries()) {
        for (const [u, value] of expected[t].entries()) expect(whole[t][u]).toBeCloseTo(value, 13);
        expect([...(await stream.push(frame))]).toEqual(whole[t]);
      }
      const { steps } = await network.inspect([frames]);
      expect(Object.keys(steps).sort()).toEqual([
        'candidate',
        'cell',
        'forgetGate',
        'inputGate',
        'maximum',
        'normalizer',
        'output',
        'outputGate',
      ]);
      expect(Math.min(...steps.normalizer.data)).toBeGreaterThanOrEqual(1);
    },
  );

  it('has the gradients of finite differences, with lengths, heads and an initial state, in both directions', async () => {
    const layer = slstm({ units: H, heads: 2, returnSequences: true, ...random });
    const network = sequential([bidirectional(layer)], { inputShape: [null, I] }).on(backend, { seed: 1 });
    const weights = await network.getWeights();
    const parameters = [...network.parameters.keys()];
    const x: NDArray = {
      data: Float64Array.from({ length: 4 * 2 * I }, (_, i) => Math.sin(3 * i)),
      shape: [4, 2, I],
    };
    // The states of both directions: h, c, n and m, where n is not 0.
    const start = Array.from({ length: 8 }, (_, s) => ({
      data: Float64Array.from({ length: 2 * H }, (_, i) => (s % 4 === 2 ? 1.2 : 0.5) + 0.3 * Math.sin(s + i)),
      shape: [2, H],
    }));
    const run = async (arrays: Record<string, NDArray>, gradients: boolean) => {
      network.setWeights(Object.fromEntries(parameters.map((name) => [name, arrays[name]])));
      const tape = new Tape(backend);
      const tensor = ({ data, shape }: NDArray) => tape.watch(tape.constant(data, shape));
      const of = [tensor(arrays.x), ...start.map((_, i) => tensor(arrays[`state ${i}`]))];
      for (const parameter of network.parameters.values()) of.push(tape.watch(parameter));
      const result = network.forward(
        tape,
        { value: of[0], lengths: [4, 2] },
        { initialState: { 0: of.slice(1, 9) } },
      );
      const all = [result.output.value, ...result.state[0]];
      const loss = all
        .map((y, i) => tape.reshape(tape.sum(tape.mul(y, tape.affine(y, 0.5, 1 + i / 7))), [1]))
        .reduce((a, b) => tape.add(a, b));
      const values = gradients ? tape.gradients([[loss, 1]], of) : [loss];
      const read = await Promise.all(values.map((value) => backend.read(value)));
      tape.dispose();
      return read;
    };
    const arrays: Record<string, NDArray> = {
      x,
      ...Object.fromEntries(start.map((s, i) => [`state ${i}`, s])),
    };
    const names = [...Object.keys(arrays), ...parameters];
    for (const name of parameters) arrays[name] = weights[name];
    const exact = await run(arrays, true);
    for (const [n, name] of names.entries()) {
      const { data, shape } = arrays[name];
      for (const at of [0, data.length - 1]) {
        const moved = async (by: number) => {
          const changed = Float64Array.from(data, (value, i) => (i === at ? value + by : value));
          return (await run({ ...arrays, [name]: { data: changed, shape } }, false))[0][0];
        };
        const slope = ((await moved(1e-5)) - (await moved(-1e-5))) / 2e-5;
        expect(exact[n][at], `${name}[${at}]`).toBeCloseTo(slope, 6);
      }
    }
  });

  it('stays finite for gates far beyond what exp can hold, and starts from an empty memory there', async () => {
    for (const value of [-2000, 2000]) {
      const network = networkOf({ biasInitializer: { kind: 'constant', value }, forgetGate: 'exponential' });
      const [y] = (await network.predict([frames])) as number[][][];
      expect(y.flat().every((h) => Math.abs(h) <= 1)).toBe(true);
      // The output gate is closed or open, and the candidate is −1 or 1.
      expect(y[0][0]).toBeCloseTo(value < 0 ? 0 : 1, 12);
    }
  });

  it('needs units that its heads divide', () => {
    expect(() => slstm({ units: 6, heads: 4 })).toThrow(OptionError);
    expect(() => slstm({ units: 6, heads: 4 })).toThrow('6 units and 4 heads');
  });
});
