import { readFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OptionError } from '@recurra/core';
import { makeFolder } from '../atomic-file.js';
import { readJson, readText, write } from '../files.js';
import { locationOf, type PackageLocation } from './location.js';
import { factoryOf } from './name.js';

const TEMPLATES = fileURLToPath(new URL('../../templates/backend/', import.meta.url));
const MANIFEST = new URL('../../package.json', import.meta.url);

export interface NewBackend {
  /** Lower-case words joined by hyphens. */
  readonly name: string;
  /** The folder to create, relative to `cwd`. Default: see {@link locationOf}. */
  readonly dir?: string;
  /** The current folder. */
  readonly cwd: string;
}

/**
 * Creates the package of a new backend from the template: types and memory are complete, every other
 * operation must be filled in. In the repository of Recurra the package is also added to the references of
 * the top tsconfig.json.
 *
 * @throws OptionError for an invalid name, or if the folder exists; DataError for a file that cannot be written
 */
export async function createBackendPackage({ name, dir, cwd }: NewBackend): Promise<PackageLocation> {
  const factory = factoryOf(name);
  const location = locationOf(name, dir, cwd);
  const { folder, workspace } = location;
  const words = new Map([
    ['name', name],
    ['factory', factory],
    ['package', workspace ? `@recurra/backend-${name}` : `recurra-backend-${name}`],
    ['vitest', workspace ? `npx pnpm vitest run --project backend-${name}` : 'npx vitest run'],
    ['version', JSON.parse(readFileSync(MANIFEST, 'utf8')).version],
  ]);
  await createFolder(folder);
  for (const part of ['common', workspace ? 'workspace' : 'package'])
    await copy(join(TEMPLATES, part), folder, words);
  if (workspace) await addReferences(workspace, `packages/backend-${name}`);
  return location;
}

/**
 * Copies a folder, and replaces each `__word__`. The suffix `.template` is dropped: it keeps tools from acting on the template
 * itself.
 */
async function copy(from: string, to: string, words: ReadonlyMap<string, string>): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name.replace(/\.template$/, ''));
    if (entry.isDirectory()) await copy(source, target, words);
    else {
      const text = await readText(source);
      await write(
        target,
        text.replace(/__([a-z]+)__/g, (placeholder, word) => words.get(word) ?? placeholder),
      );
    }
  }
}

/** Creates a folder that must not exist yet, so that nothing is overwritten. */
async function createFolder(folder: string): Promise<void> {
  try {
    await makeFolder(dirname(folder));
    await mkdir(folder);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason =
      code === 'EEXIST' ? 'exists already; nothing was written' : `cannot be created: ${message}`;
    throw new OptionError(`new-backend: ${folder} ${reason}`, { cause });
  }
}

/** Adds a package to the references of the top tsconfig.json, so that `tsc -b` checks it. */
async function addReferences(workspace: string, path: string): Promise<void> {
  const file = join(workspace, 'tsconfig.json');
  const config = (await readJson(file)) as { references: { path: string }[] };
  config.references.push({ path }, { path: `${path}/test` });
  await write(file, `${JSON.stringify(config, null, 2)}\n`);
}
