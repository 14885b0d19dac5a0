/* A system in a process of its own: `node lane-process.js NAME THREADS`, asked by process-line.ts. */
import { answerer } from '../answerer.js';
import type { Request } from '../lane.js';
import { type NodeSystem, systemsInNode } from '../systems/in-node.js';
import { nodeHost } from './host.js';

const [name, threads] = process.argv.slice(2);
const answer = answerer(systemsInNode[name as NodeSystem], Number(threads), nodeHost);

process.on('message', async (request: Request) => process.send?.(await answer(request)));
process.on('disconnect', () => process.exit());
