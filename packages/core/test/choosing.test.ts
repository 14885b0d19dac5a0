import { reference } from '@recurra/backend-reference';
import { type Backend, DataError, DeviceError, OptionError, pick } from '@recurra/core';
import { measureBackends } from '@recurra/core/measure';
import { describe, expect, it } from 'vitest';

const shape = { units: 3, batch: 2, steps: 4, seconds: 0.02 };

/**
 * A function that creates the reference backend with some members replaced, and a list of the backends that it created.
 */
function maker(name: string, change: (backend: Backend) => Partial<Backend> = () => ({})) {
  const made: (Backend & { disposed: boolean })[] = [];
  const make = async () => {
    const backend = await reference();
    const dispose = () => {
      own.disposed = true;
      backend.dispose();
    };
    const own = { ...backend, name, dispose, disposed: false, ...change(backend) };
    made.push(own);
    return own;
  };
  return Object.assign(make, { made });
}

/** Delays every read by some milliseconds. */
const slow = (milliseconds: number) => (backend: Backend) => ({
  async read(x: Parameters<Backend['read']>[0]) {
    const data = await backend.read(x);
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    return data;
  },
});

/** Changes the activations of the gates by a relative error. */
const wrong = (share: number) => (backend: Backend) => ({
  unary: (op: Parameters<Backend['unary']>[0], x: Parameters<Backend['unary']>[1]) => {
    const y = backend.unary(op, x);
    return op === 'sigmoid' ? backend.affine(y, 1 + share, 0) : y;
  },
});

const missing = async (): Promise<Backend> => {
  throw new DeviceError('gpu: there is no adapter');
};

describe.each([false, true])('pick, train: %s', (train) => {
  it('returns the fastest correct backend, with no memory in use, and disposes of the others', async () => {
    const makers = [
      maker('slow', slow(100)),
      maker('fast'),
      maker('wrong', wrong(0.01)),
      maker('nan', wrong(Number.NaN)),
    ];
    const { backend, reason, measured } = await pick([...makers, missing], { ...shape, train });
    const [[slowOne], [fastOne]] = makers.map(({ made }) => made);
    expect(backend).toBe(fastOne);
    expect(makers.map(({ made }) => made.map(({ disposed }) => disposed))).toEqual([
      [true],
      [false],
      [true],
      [true],
    ]);
    expect(backend.memory()).toEqual({ tensors: 0, bytes: 0 });
    expect(reason).toMatch(
      /^fast: [\d.]+ ms a (forward pass|training step), slow \d+ ms; left out: wrong, nan, missing$/,
    );
    expect(reason).toContain(train ? 'training step' : 'forward pass');
    expect(measured.map(({ name }) => name)).toEqual(['slow', 'fast', 'wrong', 'nan', 'missing']);
    expect(measured[0]).toMatchObject({ device: slowOne.device, kernels: [{ implementation: 'composed' }] });
    expect(measured[0].medianMs).toBeGreaterThan(95);
    expect(measured[0].repetitions).toBeGreaterThanOrEqual(3);
    expect(measured[2].error).toBeInstanceOf(DataError);
    expect(measured[2].error?.message).toMatch(/^its outputs differ from those of slow by \d/);
    expect(measured[3].error?.message).toBe('its outputs are not finite numbers');
    expect(measured[4].error?.message).toBe('gpu: there is no adapter');
    expect(measured[2].medianMs).toBeUndefined();
    backend.dispose();
  });
});

describe('pick', () => {
  it('rejects a backend that only computes wrong results in training', async () => {
    const other = maker('other', ({ matmul, affine }) => ({
      // Only gradients use matrix products with a transposed first operand.
      matmul: (a, b, transposeA, transposeB) => {
        const product = matmul(a, b, transposeA, transposeB);
        return transposeA ? affine(product, 1.01, 0) : product;
      },
    }));
    const forward = await measureBackends([reference, other], shape);
    expect(forward.measured[1].error).toBeUndefined();
    const { backend, measured } = await pick([reference, other], { ...shape, train: true });
    expect(backend.name).toBe('reference');
    expect(measured[1].error).toBeInstanceOf(DataError);
    backend.dispose();
  });

  it('names the devices of two backends with the same name', async () => {
    const makers = [1, 100].map((wait) =>
      maker('cpu', (backend) => ({ ...slow(wait)(backend), device: `chip ${wait}` })),
    );
    const { reason, backend } = await pick(makers, shape);
    expect(reason).toMatch(/^cpu \(chip 1\): [\d.]+ ms a forward pass, cpu \(chip 100\) [\d.]+ ms$/);
    backend.dispose();
  });

  it('throws a DeviceError with the reason for each backend if none can be used', async () => {
    const failing = maker('failing', () => ({
      matmul: () => {
        throw new DeviceError('out of memory');
      },
    }));
    const error = await pick([missing, () => Promise.reject('no reason'), failing], shape).catch((e) => e);
    expect(error).toBeInstanceOf(DeviceError);
    expect(error.message).toBe(
      'pick: no backend can be used here. missing: gpu: there is no adapter; backend 2: it threw "no reason"; failing: out of memory',
    );
    expect(error.cause.errors).toHaveLength(3);
    expect(failing.made[0].disposed).toBe(true);
  });

  it.each<[unknown, unknown, string]>([
    [[], shape, 'pick: the makers must be an array of at least one, such as [cpu], not []'],
    [reference, shape, 'pick: the makers must be an array'],
    [
      [reference()],
      shape,
      'pick: makers[0] must be a function that creates a backend, such as cpu, not a Promise: pass cpu, not cpu()',
    ],
    [[reference], { ...shape, units: 0 }, 'pick: units must be a positive whole number, not 0'],
    [[reference], { ...shape, batch: Number.NaN }, 'pick: batch must be a positive whole number, not NaN'],
    [[reference], { units: 3, batch: 2 }, 'pick: steps is missing'],
    [[reference], { ...shape, unit: 3 }, 'unknown option "unit"; did you mean "units"?'],
    [[reference], { ...shape, cell: 'mlp' }, "pick: cell must be 'lstm' or 'gru' or 'rnn', not \"mlp\""],
    [[reference], { ...shape, seconds: 0 }, 'pick: seconds must be a positive number, not 0'],
    [
      [reference],
      { ...shape, units: 1e6 },
      'pick: 1000000 units, 1000000 inputs, a batch of 2 and 4 steps are too many',
    ],
    [[reference], undefined, 'pick: units is missing'],
  ])('rejects %o with the options %o', async (makers, options, message) => {
    const error = await pick(makers as never, options as never).catch((e) => e);
    expect(error).toBeInstanceOf(OptionError);
    expect(error.message).toContain(message);
  });
});

describe('an aborted measurement', () => {
  it.each(['starting', 'measuring'])(
    'rejects with the reason while it is %s, and disposes of every backend',
    async (doing) => {
      const makers = [maker('one'), maker('two')];
      const controller = new AbortController();
      const onProgress = (progress: { doing: string; backend: string }) => {
        if (progress.doing === doing && progress.backend === 'two') controller.abort('enough');
      };
      const named = [makers[0], Object.defineProperty(makers[1], 'name', { value: 'two' })];
      const options = { ...shape, seconds: 60, signal: controller.signal, onProgress };
      await expect(pick(named, options)).rejects.toBe('enough');
      for (const { made } of makers) for (const { disposed } of made) expect(disposed).toBe(true);
    },
  );

  it('does not wait for a backend that is being created, and disposes of it later', async () => {
    let arrive = (_: Backend) => {};
    const late = () => {
      setTimeout(() => controller.abort('enough'));
      return new Promise<Backend>((resolve) => (arrive = resolve));
    };
    const first = maker('first');
    const controller = new AbortController();
    const done = pick([first, late], { ...shape, signal: controller.signal });
    await expect(done).rejects.toBe('enough');
    const backend = await maker('late')();
    arrive(backend);
    await new Promise((resolve) => setTimeout(resolve));
    expect([backend.disposed, first.made[0].disposed]).toEqual([true, true]);
  });
});

describe('measureBackends', () => {
  it.each(['lstm', 'gru', 'rnn'] as const)(
    'measures a %s, reports its progress, and disposes of all backends',
    async (cell) => {
      const makers = [maker('one'), maker('two')];
      const seen: [string, number][] = [];
      const { best, measured } = await measureBackends(makers, {
        ...shape,
        cell,
        inputs: 5,
        onProgress: ({ doing, share }) => seen.push([doing, share]),
      });
      expect(measured).toContain(best);
      expect(measured.map(({ kernels }) => kernels[0].layer)).toEqual([`0.${cell}`, `0.${cell}`]);
      expect(makers.flatMap(({ made }) => made.map(({ disposed }) => disposed))).toEqual([true, true]);
      expect(seen.slice(0, 3)).toEqual([
        ['starting', 0],
        ['starting', 0],
        ['measuring', 0],
      ]);
      const shares = seen.map(([, share]) => share);
      expect(shares).toEqual([...shares].sort((a, b) => a - b));
      expect(shares.every((share) => share <= 1)).toBe(true);
    },
  );

  it('rethrows an error of onProgress, and disposes of all backends', async () => {
    const one = maker('one');
    const onProgress = ({ doing }: { doing: string }) => {
      if (doing === 'measuring') throw new Error('the page has gone');
    };
    await expect(measureBackends([one], { ...shape, onProgress })).rejects.toThrow('the page has gone');
    expect(one.made[0].disposed).toBe(true);
  });
});
