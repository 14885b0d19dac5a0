// The packages as users get them: tarballs, installed in a project outside the repository.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capture, top } from './setup.mjs';

/** A temporary folder outside the repository; it is removed when the process ends. */
export function outsideFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `recurra-${name}-`));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The manifest of every published package, with its `folder` and the path of its `tarball`, which `pack` creates in `project`. */
export function published(project) {
  return ['packages', 'apps']
    .flatMap((group) => readdirSync(join(top, group)).map((name) => join(top, group, name)))
    .map((folder) => ({ folder, ...JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) }))
    .filter((pkg) => !pkg.private)
    .map((pkg) => ({ ...pkg, tarball: join(project, `${pkg.name.replace('@recurra/', '')}.tgz`) }));
}

/** Packs a package of {@link published}. */
export async function pack({ folder, tarball }) {
  await command('pnpm', ['pack', '--out', tarball], { cwd: folder });
}

/** Runs a command. @returns its output @throws Error with its output if it fails */
export async function command(name, args, options) {
  const { code, output } = await capture(name, args, options);
  if (code !== 0) throw new Error(output);
  return output;
}
