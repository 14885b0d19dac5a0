/* The choice of a form of the scan: classes of requests, choices as JSON, and measuring. */
import { OptionError } from '@recurra/core';
import { isRecord, type RecurrentSpec } from '@recurra/core/backend';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openDevice } from '../src/device.js';
import { fastestForm } from '../src/fused/fastest-form.js';
import { FormChoice } from '../src/fused/form-choice.js';
import { keyOf, requestOf } from '../src/fused/form-class.js';
import { measuredRecurrent } from '../src/fused/measured-recurrent.js';
import { recurrent } from '../src/fused/recurrent.js';
import { webgpu } from '../src/index.js';
import { memory } from '../src/memory.js';
import { shape } from '../src/shape.js';
import { missing, open, titled } from './support.js';

const base: RecurrentSpec = {
  ...{ cell: 'rnn', time: 5, batch: 1, inputSize: 3, units: 8, outputSize: 8 },
  ...{ activation: 'tanh', recurrentActivation: 'sigmoid', resetAfter: true, bias: true, clip: 0 },
  ...{ peepholes: false, projection: false, layerNorm: false, recurrentDropout: false },
  ...{ reverse: false, lengths: true, initialState: false, sequence: true },
  ...{ training: true, inputGradient: true },
};

const limits = {
  maxComputeWorkgroupStorageSize: 49152,
  maxComputeInvocationsPerWorkgroup: 1024,
} as GPUSupportedLimits;
const gpu = { software: false, limits };

describe('the choice of a form', () => {
  test('is that of a class: all its requests have the same candidates', () => {
    const choice = new FormChoice(gpu);
    const byKey = new Map<string, string>();
    for (const cell of ['lstm', 'gru', 'rnn'] as const)
      for (const units of [1, 31, 32, 36, 63, 64, 127, 128, 129, 250, 256, 260, 500, 1023, 2048, 5000])
        for (const batch of [1, 2, 4, 5, 16, 17, 300])
          for (const time of [1, 1024, 1025]) {
            const spec = { ...base, cell, units, batch, time, resetAfter: units % 2 === 0 };
            for (const { key, pass, candidates, form } of choice.formsOf(spec)) {
              const names = `${candidates}`;
              expect(byKey.get(key) ?? names, key).toBe(names);
              byKey.set(key, names);
              expect(candidates).toContain(form);
              const typical = requestOf(key);
              expect(typical && keyOf(typical, pass)).toBe(key);
            }
          }
    const key = 'recurrent lstm forward: units to 256 by 4, batch to 16, time to 1024';
    expect(byKey.get(key)?.split(',').length).toBeGreaterThan(2);
  });

  test('stays once a request has run, and is made by use, for the whole class', () => {
    const choice = new FormChoice(gpu);
    const spec = { ...base, cell: 'lstm', units: 100, batch: 9 } as const;
    const [forward, backward] = choice.formsOf(spec);
    const last = backward.candidates.at(-1) as string;
    expect(choice.choices()).toEqual({});
    expect(choice.formFor(spec, 'forward').name).toBe(forward.candidates[0]);
    expect(choice.choices()).toEqual({ [forward.key]: forward.form });
    choice.use(JSON.parse(JSON.stringify({ [backward.key]: last })));
    const other = { ...spec, units: 120, batch: 12, time: 70, lengths: false };
    expect(choice.formsOf(other).map(({ form }) => form)).toEqual([forward.form, last]);
    expect(choice.formFor(other, 'backward').name).toBe(last);
  });

  const key = (text: string) => `recurrent ${text}`;
  test.each([
    [null, 'expected an object, a form for each key, not null'],
    [['step'], 'expected an object'],
    [{ constructor: 'step' }, 'unknown key "constructor"; expected one as in "recurrent lstm forward'],
    [{ [key('lstm forward: units to 33 by 4, batch to 16, time to 1024')]: 'step' }, 'unknown key'],
    [{ [key('lstm forward: units to 0 by 4, batch to 16, time to 1024')]: 'step' }, 'unknown key'],
    [{ [key('lstm forward: units to 32 by 4, batch to 15, time to 1024')]: 'step' }, 'unknown key'],
    [{ [key('lstm forward: units to 32 by 4, batch over 1, time to 1024')]: 'step' }, 'unknown key'],
    [{ [key('gru backward: units to 32 by 4, batch to 4, time over 1024')]: 'walk' }, 'not "walk"'],
    [{ [key('rnn backward: units to 32 by 1, batch to 1, time to 1024')]: 1 }, 'not 1'],
  ])('is checked: %j', (choices, message) => {
    const choice = new FormChoice(gpu);
    const [{ key, candidates }] = choice.formsOf(base);
    const given = isRecord(choices) ? { [key]: candidates[1], ...choices } : choices;
    const use = () => choice.use(given as never);
    expect(use).toThrow(OptionError);
    expect(use).toThrow(message);
    expect(choice.choices()).toEqual({});
  });

  test('is only between forms that a class can have', () => {
    const choice = new FormChoice(gpu);
    const long = choice.formsOf({ ...base, time: 1025 })[0];
    const short = choice.formsOf(base)[0];
    const form = short.candidates.find((name) => !long.candidates.includes(name)) as string;
    expect(() => choice.use({ [long.key]: form })).toThrow(
      `forms: ${long.key} must be ${long.candidates.join(' or ')}, not "${form}"`,
    );
  });
});

describe('the fastest form', () => {
  /** Chooses by times in milliseconds of a run. @param noise the factor of each sample */
  const fastestOf = async (times: Record<string, number>, noise: (sample: number) => number = () => 1) => {
    const runs: string[] = [];
    let spent = 0;
    const name = await fastestForm(Object.keys(times), async (name, repetitions) => {
      runs.push(name);
      const duration = times[name] * repetitions * noise(runs.length);
      spent += duration;
      return duration;
    });
    return { name, runs, spent };
  };

  test('is another than the rule’s only if it is clearly faster', async () => {
    expect((await fastestOf({ rule: 2, tiled: 1.8, slow: 3 })).name).toBe('tiled');
    expect((await fastestOf({ rule: 2, tiled: 1.94 })).name).toBe('rule');
    // Every fourth sample is disturbed.
    expect((await fastestOf({ rule: 2, tiled: 1.8 }, (i) => (i % 4 === 0 ? 5 : 1))).name).toBe('tiled');
    expect((await fastestOf({ rule: 2, tiled: 2 }, (i) => (i % 4 === 0 ? 0.1 : 1))).name).toBe('rule');
  });

  test('is found within the budget, and forms that are hopeless are not timed again', async () => {
    const { runs, spent } = await fastestOf({ rule: 0.01, tiled: 0.02, slow: 9 });
    expect(runs.filter((name) => name === 'slow')).toHaveLength(1);
    expect(spent).toBeLessThan(350);
    const slow = await fastestOf({ rule: 200, tiled: 20, other: 1 });
    expect(slow).toMatchObject({ name: 'rule', runs: ['rule', 'rule'] });
    // With few samples, the difference must be large.
    expect((await fastestOf({ rule: 120, tiled: 80, other: 1 })).name).toBe('tiled');
    expect((await fastestOf({ rule: 120, tiled: 100, other: 1 })).name).toBe('rule');
  });
});

describe.skipIf(missing)(titled('forms on a device'), () => {
  test('are measured by prepare for classes without a choice, and leave no tensor', async () => {
    const backend = memory(await openDevice({ allowSoftware: true, powerPreference: 'high-performance' }));
    onTestFinished(() => backend.dispose());
    const choice = new FormChoice(backend);
    const kernel = measuredRecurrent(backend, shape(backend), choice, true);
    const [forward, backward] = choice.formsOf(base);
    const [, second] = forward.candidates;
    choice.use({ [forward.key]: second });
    const long = { ...base, time: 1025 };
    await Promise.all([base, { ...base, units: 12 }, long].map((spec) => kernel.prepare?.(spec)));
    const choices = choice.choices();
    expect(Object.keys(choices)).toEqual([forward, backward, ...choice.formsOf(long)].map(({ key }) => key));
    expect(choices[forward.key]).toBe(second);
    expect(backward.candidates).toContain(choices[backward.key]);
    expect(backend.memory()).toEqual({ tensors: 0, bytes: 0 });
    await backend.warmUp(async () => kernel.prepare?.({ ...base, units: 40 }));
    // Nothing runs in a warm-up of the backend, so the rule's forms serve.
    const byRule = [forward.candidates[0], backward.candidates[0]];
    expect(Object.values(choice.choices()).slice(4)).toEqual(byRule);
  });

  test('are not chosen if the device cannot compile them', async () => {
    const device = await openDevice({ allowSoftware: true, powerPreference: 'high-performance' });
    const backend = memory(device);
    onTestFinished(() => backend.dispose());
    const byRule = new FormChoice(backend);
    await recurrent(backend, (spec, pass) => byRule.formFor(spec, pass)).prepare?.(base);
    const gpu = Object.getPrototypeOf(device.tfjs.device);
    const compile = vi
      .spyOn(gpu, 'createComputePipelineAsync')
      .mockRejectedValue(new Error('too many registers'));
    onTestFinished(() => compile.mockRestore());
    const choice = new FormChoice(backend);
    const kernel = measuredRecurrent(backend, shape(backend), choice, true);
    await kernel.prepare?.(base);
    expect(compile).toHaveBeenCalled();
    expect(choice.choices()).toEqual(byRule.choices());
    const other = { ...base, cell: 'lstm' } as const;
    await expect(kernel.prepare?.(other)).rejects.toThrow(/cannot be compiled: too many registers/);
  });

  test('are taken from an earlier session', async () => {
    const first = await open();
    onTestFinished(() => first.dispose());
    const [{ key, candidates }] = first.fused.recurrent?.formsOf?.(base) ?? [];
    first.forms.use({ [key]: candidates[1] });
    const second = await webgpu({ allowSoftware: true, forms: first.forms.choices() });
    onTestFinished(() => second.dispose());
    expect(second.fused.recurrent?.formsOf?.(base)[0].form).toBe(candidates[1]);
    const wrong = webgpu({ allowSoftware: true, forms: { any: candidates[1] } });
    await expect(wrong).rejects.toThrow(OptionError);
  });
});
