/* Reading and writing files that the user named. Every error contains the path. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DataError } from '@recurra/core';
import { AtomicFile, kindOf, makeFolder } from './atomic-file.js';

/** @throws DataError if it cannot be read, or is not a regular file: a folder, a pipe, a device */
export async function readBytes(path: string): Promise<Uint8Array> {
  let handle: FileHandle | undefined;
  try {
    // Without O_NONBLOCK, opening a pipe waits until another process writes to it.
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stats = await handle.stat();
    if (!stats.isFile()) throw new Error(`it is ${kindOf(stats)}, not a file`);
    return await handle.readFile();
  } catch (cause) {
    throw new DataError(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  } finally {
    await handle?.close();
  }
}

/** Reads UTF-8. @throws DataError if it cannot be read */
export async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(path));
}

/** @throws DataError if it cannot be read, or is not JSON */
export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DataError(`${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Writes a file, and creates the folders above it. An older file stays as it is until the new one is complete and on the
 * disk, so neither a full disk nor a kill leaves a partial file.
 * @throws DataError if it cannot be written
 */
export async function write(path: string, content: string | Uint8Array): Promise<void> {
  await writeTogether([[path, content]]);
}

/**
 * Writes files that belong together: all of them are complete before the first one replaces an older file.
 * @throws DataError if one of them cannot be written
 */
export async function writeTogether(
  contents: Iterable<readonly [path: string, content: string | Uint8Array]>,
): Promise<void> {
  const files: AtomicFile[] = [];
  try {
    for (const [path, content] of contents) {
      files.push(await written(path, () => AtomicFile.write(path, content)));
    }
    for (const file of files) await written(file.path, () => file.commit());
  } finally {
    for (const file of files) await file.discard();
  }
}

/**
 * Checks that files can be written, before the work whose results they will hold. Creates their folders, and
 * writes and removes an empty file there.
 * @throws DataError if one of them cannot be written
 */
export async function checkWritable(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const file = await written(path, () => AtomicFile.write(path, ''));
    await file.discard();
  }
}

async function written<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    await makeFolder(dirname(path));
    return await work();
  } catch (cause) {
    throw new DataError(`${path} cannot be written: ${(cause as Error).message}`, { cause });
  }
}
