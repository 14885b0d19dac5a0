// `npx pnpm long-memory …`: trains a GRU and a minGRU on the adding problem, and prints the table of docs/long-memory.md.
import { setUp } from './setup.mjs';

if (!(await setUp())) process.exit(1);
const { main } = await import('../bench/dist/long-memory.js');
await main();
