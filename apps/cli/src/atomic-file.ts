/*
 * A file that replaces an older one only when it is complete: it is written next to the older one, synced,
 * then renamed.
 */
import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import {
  access,
  constants,
  type FileHandle,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** The temporary files that this process is still writing. */
const pending = new Set<string>();

export class AtomicFile {
  /** The path that the user gave. */
  readonly path: string;
  /** The file itself, after following links. */
  readonly #target: string;
  readonly #temporary: string;

  private constructor(path: string, target: string) {
    this.path = path;
    this.#target = target;
    this.#temporary = join(dirname(target), temporaryName());
  }

  /**
   * Writes the content to a temporary file in the same folder. The file itself does not change before {@link
   * commit}.
   * @throws Error if the file could not be replaced: it is a folder, a pipe or a device, it is write-protected, or the
   *   disk is full
   */
  static async write(path: string, content: string | Uint8Array): Promise<AtomicFile> {
    const older = await stat(path).catch(undefinedIfMissing);
    if (older && !older.isFile()) throw new Error(`it is ${kindOf(older)}, not a file`);
    if (older) await access(path, constants.W_OK);
    const file = new AtomicFile(path, older ? await realpath(path) : path);
    await removeLeftovers(dirname(file.#target));
    pending.add(basename(file.#temporary));
    try {
      const handle = await open(file.#temporary, 'wx');
      try {
        if (older) await handle.chmod(older.mode & 0o777);
        await handle.writeFile(content);
        await handle.sync();
      } finally {
        await handle.close();
      }
    } catch (error) {
      await file.discard();
      throw error;
    }
    return file;
  }

  /** Replaces the older file, in one step. */
  async commit(): Promise<void> {
    await rename(this.#temporary, this.#target);
    pending.delete(basename(this.#temporary));
    await syncFolder(dirname(this.#target));
  }

  /** Removes the temporary file, unless it has been committed. */
  async discard(): Promise<void> {
    if (!pending.delete(basename(this.#temporary))) return;
    await rm(this.#temporary, { force: true });
  }
}

/** Creates a folder and its parents. Node's `recursive` never returns for a folder that allows no new entries, such as `/proc`. */
export async function makeFolder(folder: string): Promise<void> {
  const existing = await stat(folder).catch(undefinedIfMissing);
  if (existing?.isDirectory()) return;
  if (existing) throw new Error(`${folder} is ${kindOf(existing)}, not a folder`);
  await makeFolder(dirname(folder));
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    // Another process may have created it in the meantime.
    if (error.code !== 'EEXIST') throw error;
  });
}

/** The kind of a file, in words: `a folder`. */
export function kindOf(stats: Stats): string {
  if (stats.isFile()) return 'a file';
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

const prefix = '.recurra-';

/** The name contains the machine and the process, so that others can tell if it is still being written. */
function temporaryName(): string {
  return `${prefix}${hostname()}-${process.pid}-${randomBytes(6).toString('hex')}.tmp`;
}

/** Removes temporary files of processes of this machine that were killed. */
async function removeLeftovers(folder: string): Promise<void> {
  // A folder may be writable but not readable.
  for (const name of await readdir(folder).catch(() => [])) {
    const own = name.startsWith(`${prefix}${hostname()}-`) && /-(\d+)-[0-9a-f]{12}\.tmp$/.exec(name);
    if (!own || pending.has(name)) continue;
    const pid = Number(own[1]);
    if (pid === process.pid || !isAlive(pid)) await rm(join(folder, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: the process belongs to another user.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Makes sure that the new name is on the disk, if the system supports it. The file is complete either way. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch {
    // Not supported on Windows and on some network file systems.
  } finally {
    await handle?.close();
  }
}

function undefinedIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
