import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OptionError } from '@recurra/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { backendFactory } from '../src/backends.js';
import { createBackendPackage } from '../src/new-backend/create.js';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'recurra-new-backend-'));
});
afterEach(() => rm(cwd, { recursive: true }));

const read = (...path: string[]) => readFile(join(cwd, ...path), 'utf8');

test('a package is created, with every placeholder replaced', async () => {
  const { folder } = await createBackendPackage({ name: 'web-nn', cwd });
  expect(folder).toBe(join(cwd, 'recurra-backend-web-nn'));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  for (const file of files) expect(await readFile(file, 'utf8'), file).not.toMatch(/__\w+__/);
  expect(files).toContain(join(folder, '.gitignore'));
  expect(JSON.parse(await read('recurra-backend-web-nn/package.json')).name).toBe('recurra-backend-web-nn');
  expect(await read('recurra-backend-web-nn/src/index.ts')).toContain('export async function webNn()');
});

test('in Recurra’s repository it becomes one of the packages', async () => {
  await mkdir(join(cwd, 'packages/core'), { recursive: true });
  await writeFile(join(cwd, 'pnpm-workspace.yaml'), '');
  await writeFile(join(cwd, 'packages/core/package.json'), '{ "name": "@recurra/core" }');
  await cp(new URL('../../../tsconfig.json', import.meta.url), join(cwd, 'tsconfig.json'));
  const inside = join(cwd, 'packages/core');
  expect((await createBackendPackage({ name: 'web-nn', cwd: inside })).folder).toBe(
    join(cwd, 'packages/backend-web-nn'),
  );
  const { name, dependencies } = JSON.parse(await read('packages/backend-web-nn/package.json'));
  expect({ name, dependencies }).toEqual({
    name: '@recurra/backend-web-nn',
    dependencies: { '@recurra/core': 'workspace:^' },
  });
  const { references } = JSON.parse(await read('tsconfig.json'));
  expect(references).toContainEqual({ path: 'packages/backend-web-nn/test' });
  expect((await createBackendPackage({ name: 'other', dir: 'elsewhere', cwd })).workspace).toBeUndefined();
});

test.each(['', 'WebNN', 'web_nn', '-web', 'web--nn', '../web', 'memory', 'switch', 'w'.repeat(31)])(
  'the name %j is rejected, and nothing is created',
  async (name) => {
    await expect(createBackendPackage({ name, cwd })).rejects.toThrow(OptionError);
    expect(await readdir(cwd)).toEqual([]);
  },
);

test('a folder that exists is not changed', async () => {
  await mkdir(join(cwd, 'mine'));
  await expect(createBackendPackage({ name: 'mine', dir: 'mine', cwd })).rejects.toThrow(
    /mine exists already/,
  );
  expect(await readdir(join(cwd, 'mine'))).toEqual([]);
});

test('a module creates a backend with its default export, or with createBackend', async () => {
  const made = { name: 'mine' };
  const module = async (text: string) => {
    const file = join(cwd, `${Math.random()}.mjs`);
    await writeFile(file, text);
    return backendFactory(file)();
  };
  expect(await module(`export default async () => (${JSON.stringify(made)})`)).toEqual(made);
  expect(await module(`export const createBackend = async () => (${JSON.stringify(made)})`)).toEqual(made);
  await expect(module('export const mine = 1')).rejects.toThrow(/exports no backend/);
  const absent = pathToFileURL(join(cwd, 'absent.mjs')).href;
  await expect(backendFactory(absent)()).rejects.toThrow(OptionError);
  expect(() => backendFactory('nothing-of-this-name')).toThrow(/known: reference, cpu/);
});
