/* Reading and writing the files of a command. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataError } from '@recurra/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkWritable, readBytes, write, writeTogether } from '../src/files.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recurra-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (name: string) => join(folder, name);

test('pipes, folders and devices are rejected immediately', async () => {
  execFileSync('mkfifo', [at('pipe')]);
  for (const [path, what] of [
    [at('pipe'), 'a pipe'],
    [folder, 'a folder'],
    ['/dev/zero', 'a device'],
  ]) {
    await expect(readBytes(path)).rejects.toThrow(`${path} cannot be read: it is ${what}, not a file`);
    await expect(write(path, 'new')).rejects.toThrow(`${path} cannot be written: it is ${what}, not a file`);
  }
  await expect(readBytes(at('none'))).rejects.toThrow(DataError);
});

test('replacing a file follows links and keeps its permissions', async () => {
  await mkdir(at('elsewhere'));
  await writeFile(at('elsewhere/model'), 'old');
  await chmod(at('elsewhere/model'), 0o600);
  await symlink(at('elsewhere/model'), at('link'));
  await write(at('link'), 'new');
  expect(await readFile(at('elsewhere/model'), 'utf8')).toBe('new');
  expect((await stat(at('elsewhere/model'))).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['elsewhere', 'link']);
});

test('of files that belong together, none is replaced if one cannot be written', async () => {
  await writeFile(at('model.json'), 'old');
  const contents = [
    [at('model.json'), 'new'],
    [at('model.json/weights.bin'), 'new'],
  ] as const;
  await expect(writeTogether(contents)).rejects.toThrow(/weights\.bin cannot be written/);
  expect(await readFile(at('model.json'), 'utf8')).toBe('old');
  expect(await readdir(folder)).toEqual(['model.json']);
});

test('temporary files of a killed process are removed, but not those of others', async () => {
  const { pid } = spawnSync('true');
  const temporary = (host: string, process: number) => `.recurra-${host}-${process}-0123456789ab.tmp`;
  const theirs = [temporary(hostname(), process.ppid), temporary('other-host', pid)];
  for (const name of [temporary(hostname(), pid), temporary(hostname(), process.pid), ...theirs])
    await writeFile(at(name), 'part');
  await write(at('model'), 'new');
  expect((await readdir(folder)).sort()).toEqual([...theirs, 'model'].sort());
});

test.each(['tides.safetensors', 'tides.csv/new', '/proc/recurra'])(
  '%s cannot be written: the error is reported before the work',
  async (name) => {
    await mkdir(at('tides.safetensors'));
    await writeFile(at('tides.csv'), '');
    const path = name.startsWith('/') ? join(name, 'model') : at(name);
    await expect(checkWritable(path)).rejects.toThrow(DataError);
    await checkWritable(at('new/folder/model'));
    expect(await readdir(at('new/folder'))).toEqual([]);
  },
);

test('a full disk leaves the older file unchanged', async () => {
  await write(at('model'), 'the older one');
  // ulimit: files of more than 64 KiB fail, as on a full disk.
  const source = `
    import { write } from ${JSON.stringify(fileURLToPath(new URL('../dist/files.js', import.meta.url)))};
    await write(${JSON.stringify(at('model'))}, new Uint8Array(10_000_000)).catch((e) => console.log(e.name, e.message));
  `;
  await writeFile(at('write.mjs'), source);
  const stdout = execFileSync('bash', [
    '-c',
    `ulimit -f 64 && exec "$0" "$1"`,
    process.execPath,
    at('write.mjs'),
  ]);
  expect(String(stdout)).toMatch(/^DataError .*model cannot be written: EFBIG/);
  expect(await readFile(at('model'), 'utf8')).toBe('the older one');
  expect((await readdir(folder)).sort()).toEqual(['model', 'write.mjs']);
});
