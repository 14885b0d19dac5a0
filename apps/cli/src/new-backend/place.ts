import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Where a new backend goes. */
export interface Place {
  readonly folder: string;
  /** The top of Recurra's own workspace, where the folder is one of its packages. */
  readonly workspace?: string;
}

/**
 * Inside Recurra's workspace, `packages/backend-NAME`; elsewhere `recurra-backend-NAME` in the current folder.
 *
 * @param dir another folder, relative to `cwd`. It is a package of the workspace only under that name.
 */
export function placeOf(name: string, dir: string | undefined, cwd: string): Place {
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

/** The folder, here or above, that has Recurra's workspace in it. */
function workspaceAround(folder: string): string | undefined {
  const core = join(folder, 'packages/core/package.json');
  if (existsSync(join(folder, 'pnpm-workspace.yaml')) && existsSync(core)) {
    const { name } = JSON.parse(readFileSync(core, 'utf8'));
    if (name === '@recurra/core') return folder;
  }
  const above = dirname(folder);
  return above === folder ? undefined : workspaceAround(above);
}
