// `npx pnpm recurra …`: the command of this checkout, installed and built first if needed.
import { cli, run, setUp } from './setup.mjs';

if (!(await setUp())) process.exit(1);
// Relative paths refer to the folder in which the user called it.
const cwd = process.env.INIT_CWD ?? process.cwd();
process.exitCode = await run(process.execPath, [cli, ...process.argv.slice(2)], { cwd });
