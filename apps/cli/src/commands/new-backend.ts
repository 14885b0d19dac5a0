import { basename, relative } from 'node:path';
import type { Command } from 'commander';
import { createBackendPackage } from '../new-backend/create.js';
import type { PackageLocation } from '../new-backend/location.js';

export function newBackendCommand(program: Command): void {
  program
    .command('new-backend')
    .description(
      'create a package for a new backend; fill in its operations until the conformance suite passes',
    )
    .argument('<name>', 'lower-case words joined by hyphens: web-nn')
    .option('--dir <folder>', 'the folder to create (default: recurra-backend-NAME)')
    .addHelpText('after', '\nIn the repository of Recurra the folder is packages/backend-NAME.')
    .action(async (name: string, { dir }: { dir?: string }) => {
      console.log(nextSteps(await createBackendPackage({ name, dir, cwd: process.cwd() })));
    });
}

function nextSteps({ folder, workspace }: PackageLocation): string {
  const here = relative(process.cwd(), folder) || '.';
  const next = workspace
    ? ['npx pnpm install', `npx pnpm vitest run --project ${basename(folder)} -t operations/shape`]
    : [`cd ${here}`, 'npm install', 'npx vitest run -t operations/shape'];
  const lines = next.map((line) => `  ${line}`).join('\n');
  return `Created ${here}. Next steps:\n\n${lines}\n\nThese cases fail until src/shape.ts is filled in. README.md has the steps after that.`;
}
