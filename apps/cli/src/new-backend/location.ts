import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The location of the package of a new backend. */
export interface PackageLocation {
  readonly folder: string;
  /** The top folder of Recurra's repository, if the package is part of it. */
  readonly workspace?: string;
}

/**
 * In Recurra's repository, `packages/backend-NAME`; elsewhere `recurra-backend-NAME` in the current folder.
 *
 * @param dir another folder, relative to `cwd`; the package is part of the repository only as `packages/backend-NAME`
 */
export function locationOf(name: string, dir: string | undefined, cwd: string): PackageLocation {
  if (dir === undefined) {
    const workspace = workspaceAround(cwd);
    if (workspace === undefined) return { folder: resolve(cwd, `recurra-backend-${name}`) };
    return { folder: join(workspace, 'packages', `backend-${name}`), workspace };
  }
  const folder = resolve(cwd, dir);
  const workspace = workspaceAround(dirname(folder));
  const member = workspace !== undefined && folder === join(workspace, 'packages', `backend-${name}`);
  return member ? { folder, workspace } : { folder };
}

/** The nearest folder, this one or a parent, that is the top of Recurra's repository. */
function workspaceAround(folder: string): string | undefined {
  const core = join(folder, 'packages/core/package.json');
  if (existsSync(join(folder, 'pnpm-workspace.yaml')) && existsSync(core)) {
    const { name } = JSON.parse(readFileSync(core, 'utf8'));
    if (name === '@recurra/core') return folder;
  }
  const above = dirname(folder);
  return above === folder ? undefined : workspaceAround(above);
}
