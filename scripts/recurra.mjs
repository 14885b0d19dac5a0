// `npx pnpm recurra …`: the command as it is in this tree, installed and built first where needed.
import { cli, run, setUp } from './setup.mjs';

if (!(await setUp())) process.exit(1);
// Relative paths are the user's, who may stand in a folder below.
const cwd = process.env.INIT_CWD ?? process.cwd();
process.exitCode = await run(process.execPath, [cli, ...process.argv.slice(2)], { cwd });
