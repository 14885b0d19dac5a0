/* The fused scan, with every division into invocations, whichever this adapter would use. */
import type { Shape, Tensor } from '@recurra/core';
import type { ScanSpec } from '@recurra/core/backend';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDevice } from '../src/device.js';
import { linearScan } from '../src/fused/linear-scan.js';
import { linearScanForm } from '../src/fused/linear-scan-form.js';
import { memory } from '../src/memory.js';
import { expectClose, missing, numbers, titled } from './support.js';

interface Case extends Pick<ScanSpec, 'time' | 'batch' | 'units' | 'reverse' | 'initialState'> {
  readonly lengths?: readonly number[];
  /** The outputs that have a gradient. Default: both. */
  readonly only?: 'y' | 'state';
}

/** Sizes around multiples of vectors, chunks and workgroups. */
const CASES: readonly Case[] = [
  { time: 1, batch: 1, units: 1, reverse: false, initialState: false },
  { time: 15, batch: 3, units: 3, reverse: true, initialState: true, lengths: [0, 15, 7] },
  { time: 16, batch: 2, units: 16, reverse: false, initialState: true },
  { time: 17, batch: 9, units: 4, reverse: true, initialState: false, only: 'y' },
  {
    time: 33,
    batch: 4,
    units: 12,
    reverse: false,
    initialState: false,
    lengths: [33, 8, 9, 1],
    only: 'state',
  },
  { time: 9, batch: 5, units: 7, reverse: false, initialState: true, lengths: [9, 0, 3, 8, 5], only: 'y' },
  { time: 64, batch: 1, units: 260, reverse: true, initialState: true, only: 'state' },
];

/** Past a row's length, where a kernel must read nothing. */
const POISON = Number.NaN;

/** Plain loops in float64. */
function expected({ time, batch, units, reverse, lengths, initialState, only }: Case) {
  const count = batch * units;
  const [a, b, dy] = [1, 2, 3].map((seed) => numbers([time, batch, units], seed));
  const [initial, dState] = [4, 5].map((seed) => numbers([batch, units], seed));
  const y = new Float64Array(time * count);
  const [da, db] = [y.slice(), y.slice()];
  const [state, dInitial] = [new Float64Array(count), new Float64Array(count)];
  for (let channel = 0; channel < count; channel++) {
    const steps = Array.from({ length: lengths?.[Math.floor(channel / units)] ?? time }, (_, t) => t);
    if (reverse) steps.reverse();
    let h = initialState ? initial[channel] : 0;
    const before = steps.map((t) => {
      const last = h;
      const i = t * count + channel;
      h = a[i] * h + b[i];
      y[i] = h;
      return last;
    });
    state[channel] = h;
    let g = only === 'y' ? 0 : dState[channel];
    for (const [s, t] of [...steps.entries()].reverse()) {
      const i = t * count + channel;
      if (only !== 'state') g += dy[i];
      db[i] = g;
      da[i] = g * before[s];
      g *= a[i];
    }
    dInitial[channel] = g;
  }
  return { y, state, a: da, b: db, ...(initialState && { initialState: dInitial }) };
}

describe.skipIf(missing)(titled('the fused scan'), () => {
  test.each([
    { chunks: 1, channels: 64 },
    { chunks: 4, channels: 8 },
    { chunks: 32, channels: 8 },
  ])(
    'equals a loop over time, with $chunks chunks and $channels channels in a workgroup',
    async (division) => {
      const backend = memory(await openDevice({ allowSoftware: true, powerPreference: 'high-performance' }));
      onTestFinished(() => backend.dispose());
      const kernel = linearScan(backend, (_, { units }) => ({
        vectorSize: units % 4 === 0 ? 4 : 1,
        ...division,
      }));
      for (const it of CASES) {
        const { time, batch, units, lengths, only, initialState } = it;
        const spec: ScanSpec = { ...it, lengths: lengths !== undefined, training: true };
        const upload = (shape: Shape, seed: number) =>
          backend.upload(
            numbers(shape, seed).map((value, i) => {
              const t = Math.floor(i / (batch * units));
              const length = lengths?.[Math.floor(i / units) % batch] ?? time;
              return shape.length === 3 && t >= length ? POISON : value;
            }),
            shape,
          );
        const all: Shape = [time, batch, units];
        const [a, b, dy] = [1, 2, 3].map((seed) => upload(all, seed));
        const [initial, dState] = [4, 5].map((seed) => upload([batch, units], seed));
        const inputs = {
          ...{ a, b },
          ...(initialState && { initialState: initial }),
          ...(lengths && { lengths: backend.upload(lengths, [batch]) }),
        };
        const outputs = kernel.forward(spec, inputs);
        const gradients = kernel.backward(spec, inputs, outputs, {
          ...(only !== 'state' && { y: dy }),
          ...(only !== 'y' && { state: dState }),
        });
        const actual: Record<string, Tensor | undefined> = {
          y: outputs.y,
          state: outputs.state,
          ...gradients,
        };
        const exact = expected(it);
        expect(Object.keys(actual)).toEqual(Object.keys(exact));
        for (const [name, values] of Object.entries(exact)) {
          const title = `${name} for ${JSON.stringify(it)}`;
          expectClose(await backend.read(actual[name] as Tensor), values, 1e-6, title);
        }
      }
    },
  );

  test('is divided by its size: few channels into chunks of time', () => {
    const chunks = (software: boolean, time: number, batch: number, units: number) =>
      linearScanForm(
        { software },
        { time, batch, units, reverse: false, lengths: false, initialState: false, training: true },
      ).chunks;
    expect(chunks(false, 2048, 256, 128)).toBe(1);
    expect(chunks(false, 2048, 64, 128)).toBe(4);
    expect(chunks(false, 2048, 8, 128)).toBe(32);
    expect(chunks(false, 40, 8, 128)).toBe(2);
    expect(chunks(true, 2048, 8, 128)).toBe(1);
  });
});
