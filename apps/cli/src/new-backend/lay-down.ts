import { readFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OptionError } from '@recurra/core';
import { makeFolder } from '../atomic-file.js';
import { readJson, readText, write } from '../files.js';
import { factoryOf } from './name.js';
import { type Place, placeOf } from './place.js';

const TEMPLATES = fileURLToPath(new URL('../../templates/backend/', import.meta.url));
const MANIFEST = new URL('../../package.json', import.meta.url);

export interface NewBackend {
  /** Lower-case words joined by hyphens. */
  readonly name: string;
  /** The folder to make. Default: see {@link placeOf}. */
  readonly dir?: string;
  readonly cwd: string;
}

/**
 * Lays down a package for a new backend: complete in its types and its memory, with every other operation to be filled in.
 * In Recurra's own workspace it also joins the references of the top tsconfig.json.
 *
 * @throws OptionError for a name that cannot be, or where the folder exists; DataError for a file that cannot be written
 */
export async function layDownBackend({ name, dir, cwd }: NewBackend): Promise<Place> {
  const factory = factoryOf(name);
  const place = placeOf(name, dir, cwd);
  const { folder, workspace } = place;
  const words = new Map([
    ['name', name],
    ['factory', factory],
    ['package', workspace ? `@recurra/backend-${name}` : `recurra-backend-${name}`],
    ['vitest', workspace ? `npx pnpm vitest run --project backend-${name}` : 'npx vitest run'],
    ['version', JSON.parse(readFileSync(MANIFEST, 'utf8')).version],
  ]);
  await claim(folder);
  for (const part of ['common', workspace ? 'workspace' : 'package'])
    await copy(join(TEMPLATES, part), folder, words);
  if (workspace) await refer(workspace, `packages/backend-${name}`);
  return place;
}

/**
 * Copies what is in a folder, each `__word__` replaced. What tools would act on while it is a template ends in `.template`,
 * which goes.
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

/** Makes a folder that is not there yet, so that nothing can be overwritten. */
async function claim(folder: string): Promise<void> {
  try {
    await makeFolder(dirname(folder));
    await mkdir(folder);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason =
      code === 'EEXIST' ? 'exists already, and nothing is overwritten' : `cannot be made: ${message}`;
    throw new OptionError(`new-backend: ${folder} ${reason}`, { cause });
  }
}

/** `tsc -b` at the top checks what its tsconfig.json refers to. */
async function refer(workspace: string, path: string): Promise<void> {
  const file = join(workspace, 'tsconfig.json');
  const config = (await readJson(file)) as { references: { path: string }[] };
  config.references.push({ path }, { path: `${path}/test` });
  await write(file, `${JSON.stringify(config, null, 2)}\n`);
}
