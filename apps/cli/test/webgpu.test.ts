/* The command on WebGPU trains the same weights as on the CPU. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { webgpu } from '@recurra/backend-webgpu';
import { DeviceError } from '@recurra/core';
import { decodeSafetensors } from '@recurra/core/files';
import { Command } from 'commander';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { trainCommand } from '../src/commands/train.js';

/** The adapter, or the reason why there is none. In CI there must be one. */
const { software, missing } = await webgpu({ allowSoftware: true }).then(
  (backend) => {
    backend.dispose();
    return { software: backend.software, missing: undefined };
  },
  ({ message }: Error) => ({ software: false, missing: message }),
);

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

describe.skipIf(missing && !process.env.CI)(`the command on WebGPU${missing ? `: ${missing}` : ''}`, () => {
  test('trains the same weights as the CPU, within float32 precision', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'recurra-webgpu-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const rows = Array.from({ length: 200 }, (_, t) => 20 + 5 * Math.sin(t / 4) + Math.cos(t));
    await writeFile(join(folder, 'tides.csv'), `level\n${rows.join('\n')}\n`);
    const output: unknown[] = [];
    for (const name of ['log', 'error'] as const) {
      vi.spyOn(console, name).mockImplementation((text) => output.push(text));
    }
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    onTestFinished(() => {
      vi.restoreAllMocks();
      process.exitCode = undefined;
    });

    const expected = await trained(folder);
    if (software) await expect(trained(folder, '--backend', 'webgpu')).rejects.toThrow(DeviceError);
    const actual = await trained(folder, '--backend', 'webgpu', '--allow-software');
    expect(output.join('\n')).toMatch(/webgpu: .*fused/);
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    for (const [name, { data }] of Object.entries(actual)) {
      for (const [i, value] of data.entries()) {
        expect(value, `${name} at ${i}`).toBeCloseTo(expected[name].data[i], 4);
      }
    }
  });
});
