/* Runs one system in a separate process: `node worker.js SYSTEM THREADS`, started by channel.ts. */
import { createHandler } from '../handler.js';
import { type NodeSystem, systemsInNode } from '../systems/in-node.js';
import type { Request } from '../worker.js';
import { nodeHost } from './host.js';

const [name, threads] = process.argv.slice(2);
const handler = createHandler(systemsInNode[name as NodeSystem], Number(threads), nodeHost);

process.on('message', async (request: Request) => process.send?.(await handler(request)));
process.on('disconnect', () => process.exit());
