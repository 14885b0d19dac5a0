import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OptionError } from '@recurra/core';
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
 * @throws OptionError for a name that cannot be, or where the folder exists
 */
export function layDownBackend({ name, dir, cwd }: NewBackend): Place {
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
  claim(folder);
  for (const part of ['common', workspace ? 'workspace' : 'package'])
    copy(join(TEMPLATES, part), folder, words);
  if (workspace) refer(workspace, `packages/backend-${name}`);
  return place;
}

/**
 * Copies what is in a folder, each `__word__` replaced. What tools would act on while it is a template ends in `.template`,
 * which goes.
 */
function copy(from: string, to: string, words: ReadonlyMap<string, string>): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name.replace(/\.template$/, ''));
    if (entry.isDirectory()) {
      mkdirSync(target, { recursive: true });
      copy(source, target, words);
    } else {
      const text = readFileSync(source, 'utf8');
      writeFileSync(
        target,
        text.replace(/__([a-z]+)__/g, (placeholder, word) => words.get(word) ?? placeholder),
      );
    }
  }
}

/** Makes a folder that is not there yet, so that nothing can be overwritten. */
function claim(folder: string): void {
  mkdirSync(dirname(folder), { recursive: true });
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new OptionError(`new-backend: ${folder} exists already, and nothing is overwritten`);
  }
}

/** `tsc -b` at the top checks what its tsconfig.json refers to. */
function refer(workspace: string, path: string): void {
  const file = join(workspace, 'tsconfig.json');
  const config = JSON.parse(readFileSync(file, 'utf8'));
  config.references.push({ path }, { path: `${path}/test` });
  writeFileSync(file, `${JSON.stringify(config, null, 2)}\n`);
}
