/* The files that a command reads and writes. */
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

test('what is not a regular file is neither waited for nor read nor replaced', async () => {
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

test('a file is replaced where it is: through a link, and with the permissions that it had', async () => {
  await mkdir(at('elsewhere'));
  await writeFile(at('elsewhere/model'), 'old');
  await chmod(at('elsewhere/model'), 0o600);
  await symlink(at('elsewhere/model'), at('link'));
  await write(at('link'), 'new');
  expect(await readFile(at('elsewhere/model'), 'utf8')).toBe('new');
  expect((await stat(at('elsewhere/model'))).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['elsewhere', 'link']);
});

test('of files that belong together none is replaced where one cannot be written', async () => {
  await writeFile(at('model.json'), 'old');
  const contents = [
    [at('model.json'), 'new'],
    [at('model.json/weights.bin'), 'new'],
  ] as const;
  await expect(writeTogether(contents)).rejects.toThrow(/weights\.bin cannot be written/);
  expect(await readFile(at('model.json'), 'utf8')).toBe('old');
  expect(await readdir(folder)).toEqual(['model.json']);
});

test('temporary files that a killed process left are removed, and those of others stay', async () => {
  const { pid } = spawnSync('true');
  const temporary = (host: string, process: number) => `.recurra-${host}-${process}-0123456789ab.tmp`;
  const theirs = [temporary(hostname(), process.ppid), temporary('other-host', pid)];
  for (const name of [temporary(hostname(), pid), temporary(hostname(), process.pid), ...theirs])
    await writeFile(at(name), 'part');
  await write(at('model'), 'new');
  expect((await readdir(folder)).sort()).toEqual([...theirs, 'model'].sort());
});

test.each(['tides.safetensors', 'tides.csv/new', '/proc/recurra'])(
  'that %s cannot be written is told before the work',
  async (name) => {
    await mkdir(at('tides.safetensors'));
    await writeFile(at('tides.csv'), '');
    const path = name.startsWith('/') ? join(name, 'model') : at(name);
    await expect(checkWritable(path)).rejects.toThrow(DataError);
    await checkWritable(at('new/folder/model'));
    expect(await readdir(at('new/folder'))).toEqual([]);
  },
);

test('a disk that is full leaves the older file whole', async () => {
  await write(at('model'), 'the older one');
  // Here files of more than 64 KiB do not fit.
  const source = `
    import { write } from ${JSON.stringify(fileURLToPath(new URL('../dist/files.js', import.meta.url)))};
    await write(${JSON.stringify(at('model'))}, new Uint8Array(10_000_000)).catch((e) => console.log(e.name, e.message));
  `;
  await writeFile(at('write.mjs'), source);
  const said = execFileSync('bash', [
    '-c',
    `ulimit -f 64 && exec "$0" "$1"`,
    process.execPath,
    at('write.mjs'),
  ]);
  expect(String(said)).toMatch(/^DataError .*model cannot be written: EFBIG/);
  expect(await readFile(at('model'), 'utf8')).toBe('the older one');
  expect((await readdir(folder)).sort()).toEqual(['model', 'write.mjs']);
});
