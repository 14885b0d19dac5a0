// The packages as their users get them: as tarballs, in a project outside the tree.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capture, top } from './setup.mjs';

/** A folder where nothing is found but what is installed there; it goes when the process ends. */
export function strangeFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `recurra-${name}-`));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The manifest of every package that is published, its folder, and the tarball in `project` that `pack` makes of it. */
export function published(project) {
  return ['packages', 'apps']
    .flatMap((group) => readdirSync(join(top, group)).map((name) => join(top, group, name)))
    .map((folder) => ({ folder, ...JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) }))
    .filter((pkg) => !pkg.private)
    .map((pkg) => ({ ...pkg, tarball: join(project, `${pkg.name.replace('@recurra/', '')}.tgz`) }));
}

export async function pack({ folder, tarball }) {
  await command('pnpm', ['pack', '--out', tarball], { cwd: folder });
}

/** Runs a command and gives its output. One that fails throws it. */
export async function command(name, args, options) {
  const { code, output } = await capture(name, args, options);
  if (code !== 0) throw new Error(output);
  return output;
}
