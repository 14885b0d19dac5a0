/* Runs one system in a separate process: `node worker.js SYSTEM THREADS`, started by channel.ts. */
import type { Request } from '../worker.js';
import { createNodeHandler } from './handler.js';

const [system, threads] = process.argv.slice(2);
const handler = createNodeHandler(system, Number(threads));

process.on('message', async (request: Request) => process.send?.(await handler(request)));
process.on('disconnect', () => process.exit());
