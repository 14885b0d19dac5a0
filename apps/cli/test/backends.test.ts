/* The command on WebGPU, and in native code, trains the same weights as with WebAssembly. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { native } from '@recurra/backend-native';
import { webgpu } from '@recurra/backend-webgpu';
import { DeviceError } from '@recurra/core';
import { decodeSafetensors } from '@recurra/core/files';
import { Command } from 'commander';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { trainCommand } from '../src/commands/train.js';

/** Each backend, or the reason why there is none here. In CI there must be all. */
const reason = ({ message }: Error) => ({ missing: message, software: false, dispose() {} });
const BACKENDS = [
  {
    name: 'webgpu',
    made: await webgpu({ allowSoftware: true }).catch(reason),
    options: ['--allow-software'],
  },
  { name: 'native', made: await native().catch(reason), options: [] },
].map(({ name, made, options }) => {
  made.dispose();
  return { name, options, software: made.software, missing: 'missing' in made ? made.missing : undefined };
});

async function trained(folder: string, ...args: string[]) {
  const program = new Command('recurra').exitOverride();
  trainCommand(program);
  const data = [
    '--data',
    join(folder, 'tides.csv'),
    '--target',
    'level',
    '--history',
    '12',
    '--horizon',
    '3',
  ];
  const shape = ['--season', '12', '--units', '6', '--epochs', '2', '--out', folder];
  await program.parseAsync(['train', ...data, ...shape, ...args], { from: 'user' });
  return decodeSafetensors(await readFile(join(folder, 'tides.safetensors'))).tensors;
}

describe.each(BACKENDS)('the command', ({ name, options, software, missing }) => {
  const title = `trains with ${name} the same weights as with cpu, within float32 precision`;
  test.skipIf(missing && !process.env.CI)(missing ? `${title}: ${missing}` : title, async () => {
    const folder = await mkdtemp(join(tmpdir(), `recurra-${name}-`));
    onTestFinished(() => rm(folder, { recursive: true }));
    const rows = Array.from({ length: 200 }, (_, t) => 20 + 5 * Math.sin(t / 4) + Math.cos(t));
    await writeFile(join(folder, 'tides.csv'), `level\n${rows.join('\n')}\n`);
    const output: unknown[] = [];
    for (const kind of ['log', 'error'] as const) {
      vi.spyOn(console, kind).mockImplementation((text) => output.push(text));
    }
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    onTestFinished(() => {
      vi.restoreAllMocks();
      process.exitCode = undefined;
    });

    const expected = await trained(folder);
    if (software) await expect(trained(folder, '--backend', name)).rejects.toThrow(DeviceError);
    const actual = await trained(folder, '--backend', name, ...options);
    expect(output.join('\n')).toMatch(new RegExp(`${name}: .*fused`));
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    for (const [weight, { data }] of Object.entries(actual)) {
      for (const [i, value] of data.entries()) {
        expect(value, `${weight} at ${i}`).toBeCloseTo(expected[weight].data[i], 4);
      }
    }
  });
});
