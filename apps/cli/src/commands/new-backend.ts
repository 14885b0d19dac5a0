import { basename, relative } from 'node:path';
import type { Command } from 'commander';
import { layDownBackend } from '../new-backend/lay-down.js';
import type { Place } from '../new-backend/place.js';

export function newBackendCommand(program: Command): void {
  program
    .command('new-backend')
    .description('lay down a package for a backend of your own, to be filled in until the suite passes')
    .argument('<name>', 'lower-case words joined by hyphens: web-nn')
    .option('--dir <folder>', 'the folder to make (default: recurra-backend-NAME)')
    .addHelpText('after', '\nInside Recurra’s own workspace the package is packages/backend-NAME.')
    .action(async (name: string, { dir }: { dir?: string }) => {
      console.log(told(await layDownBackend({ name, dir, cwd: process.cwd() })));
    });
}

/** What was done, and what to do next. */
function told({ folder, workspace }: Place): string {
  const here = relative(process.cwd(), folder) || '.';
  const next = workspace
    ? ['npx pnpm install', `npx pnpm vitest run --project ${basename(folder)} -t operations/shape`]
    : [`cd ${here}`, 'npm install', 'npx vitest run -t operations/shape'];
  const lines = next.map((line) => `  ${line}`).join('\n');
  return `${here} is laid down. Next:\n\n${lines}\n\nThese cases fail until src/shape.ts is filled in; README.md has the way from there.`;
}
