import { reference } from '@recurra/backend-reference';
import {
  type Activation,
  adagrad,
  adam,
  adamw,
  type Backend,
  Optimizer,
  type OptimizerConfig,
  rmsprop,
  sgd,
  Tape,
} from '@recurra/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpu } from '../src/index.js';
import { expectClose, numbers, size, tensor } from './support.js';

const [fast, exact] = [await cpu(), await reference()];

describe('the fused dense layer', () => {
  const activation = fc.constantFrom<Activation>('linear', 'relu', 'sigmoid', { kind: 'tanh' });

  it('computes what the required operations do, forward and backward', async () => {
    const cases = fc.record({ rows: size, inputSize: size, units: size, bias: fc.boolean(), activation });
    await fc.assert(
      fc.asyncProperty(cases, async ({ rows, inputSize, units, bias, activation }) => {
        const kernel = fast.fused.dense;
        const spec = { rows, inputSize, units, activation, bias, training: true, inputGradient: true };
        expect(kernel?.declines(spec)).toBeUndefined();
        const make = (backend: Backend) => ({
          x: tensor(backend, [rows, inputSize], 1),
          kernel: tensor(backend, [inputSize, units], 2),
          ...(bias && { bias: tensor(backend, [units], 3) }),
        });

        const inputs = make(fast);
        const outputs = kernel!.forward(spec, inputs);
        const dy = tensor(fast, [rows, units], 4);
        const gradients = kernel!.backward(spec, inputs, outputs, dy);

        const tape = new Tape(exact);
        const own = make(exact);
        for (const x of Object.values(own)) tape.watch(tape.own(x));
        const linear = tape.matmul(own.x, own.kernel);
        const a = own.bias ? tape.add(linear, own.bias) : linear;
        const kind = typeof activation === 'string' ? activation : activation.kind;
        const y = kind === 'linear' ? tape.reshape(a, a.shape) : tape.unary(kind as 'tanh', a);
        const names = Object.keys(own) as (keyof typeof own)[];
        const of = names.map((name) => own[name]!);
        const expected = tape.gradients([[y, tape.own(tensor(exact, [rows, units], 4))]], of);

        expectClose(await fast.read(outputs.y), await exact.read(y), 2e-6, 'y');
        for (const [i, name] of names.entries()) {
          expectClose(
            await fast.read(gradients[name]!),
            await exact.read(expected[i]),
            1e-5,
            `gradient of ${name}`,
          );
        }
        tape.dispose();
        for (const x of [...Object.values(inputs), ...Object.values(gradients), outputs.y, dy])
          if (x) fast.free(x);
        expect(fast.memory().tensors).toBe(0);
      }),
    );
  });

  it('declines other activations', () => {
    const spec = { rows: 1, inputSize: 1, units: 1, bias: true, training: true, inputGradient: true };
    expect(fast.fused.dense?.declines({ ...spec, activation: 'softmax' })).toContain('activation softmax');
  });
});

describe('the fused cross-entropy', () => {
  it('computes what the required operations do, forward and backward', async () => {
    const rows = fc.array(fc.tuple(fc.nat(99), fc.constantFrom(0, 1, 0.5)), { minLength: 1, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.constantFrom(1, 3, 4, 5, 17),
        fc.boolean(),
        async (rows, classes, training) => {
          const targets = rows.map(([target]) => target % classes);
          const weights = rows.map(([, weight]) => weight);
          const logits = numbers(rows.length * classes, 5).map((x) => x * 20);
          const total = weights.reduce<number>((sum, weight) => sum + weight, 0);
          let loss = 0;
          const gradient: number[] = [];
          targets.forEach((target, row) => {
            const e = Array.from(logits.subarray(row * classes, (row + 1) * classes), Math.exp);
            const sum = e.reduce((a, b) => a + b, 0);
            const normalized = total === 0 ? 0 : weights[row] / total;
            loss -= normalized * Math.log(e[target] / sum);
            gradient.push(...e.map((value, i) => 0.5 * normalized * (value / sum - (i === target ? 1 : 0))));
          });

          const kernel = fast.fused.crossEntropy!;
          const spec = { rows: rows.length, classes, training };
          const inputs = {
            logits: fast.upload(logits, [rows.length, classes]),
            targets: fast.upload(targets, [rows.length]),
            weights: fast.upload(weights, [rows.length]),
          };
          const outputs = kernel.forward(spec, inputs);
          expect((await fast.read(outputs.loss))[0]).toBeCloseTo(loss, 5);
          const dLoss = fast.upload([0.5], [1]);
          if (training) {
            const dLogits = kernel.backward(spec, inputs, outputs, dLoss);
            expectClose(await fast.read(dLogits), gradient, 1e-6, 'gradient');
            fast.free(dLogits);
          } else expect(outputs.saved).toEqual([]);
          for (const x of [...Object.values(inputs), outputs.loss, ...outputs.saved, dLoss]) fast.free(x);
          expect(fast.memory().tensors).toBe(0);
        },
      ),
    );
  });

  it('refuses a target that is not a class, and frees what it created', () => {
    const [logits, targets, weights] = [fast.fill([2, 3], 0), fast.upload([0, 3], [2]), fast.fill([2], 1)];
    const spec = { rows: 2, classes: 3, training: true };
    expect(() => fast.fused.crossEntropy?.forward(spec, { logits, targets, weights })).toThrow(
      'the target of row 1 is none of 3 classes',
    );
    for (const x of [logits, targets, weights]) fast.free(x);
    expect(fast.memory().tensors).toBe(0);
  });
});

describe('the fused optimizers', () => {
  const configs: OptimizerConfig[] = [
    sgd({ weightDecay: 0.1 }),
    sgd({ momentum: 0.9 }),
    sgd({ momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
    adam({ weightDecay: 0.05 }),
    adamw({ weightDecay: 0.05 }),
    adam({ amsgrad: true, beta2: 0.9 }),
    rmsprop({ weightDecay: 0.01 }),
    rmsprop({ centered: true }),
    rmsprop({ centered: true, momentum: 0.5 }),
    rmsprop({ momentum: 0.5 }),
    adagrad({ learningRateDecay: 0.1, initialAccumulator: 0.1, weightDecay: 0.01 }),
  ];

  const train = async (backend: Backend, config: OptimizerConfig, fused: boolean) => {
    const optimizer = new Optimizer({ ...config, learningRate: 0.01 }, backend);
    const parameters = new Map([['p', tensor(backend, [7, 5], 1)]]);
    const tape = new Tape(backend, { fused });
    for (let step = 0; step < 20; step++) {
      optimizer.apply(tape, parameters, new Map([['p', tape.own(tensor(backend, [7, 5], 10 + step))]]));
    }
    expect(tape.kernelLog[0].implementation).toBe(fused ? 'fused' : 'composed');
    const result = await backend.read(parameters.get('p')!);
    tape.dispose();
    optimizer.dispose();
    for (const x of parameters.values()) backend.free(x);
    expect(backend.memory().tensors).toBe(0);
    return result;
  };

  for (const config of configs) {
    const { learningRate, ...rest } = config;
    it(`take the same steps as core composes: ${JSON.stringify(rest)}`, async () => {
      expectClose(await train(fast, config, true), await train(exact, config, false), 2e-6, 'parameter');
    });
  }
});
