/* Handles requests to a system in Node. */
import { createHandler, type Handler } from '../handler.js';
import { type NodeSystem, systemsInNode } from '../systems/in-node.js';
import { nodeHost } from './host.js';

export function createNodeHandler(system: string, threads: number): Handler {
  return createHandler(systemsInNode[system as NodeSystem], threads, nodeHost);
}
