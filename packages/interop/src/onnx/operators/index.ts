import type { GraphNode } from '../graph.js';
import * as compare from './compare.js';
import * as constants from './constants.js';
import * as elementwise from './elementwise.js';
import * as linear from './linear.js';
import * as math from './math.js';
import * as microsoft from './microsoft.js';
import * as normalize from './normalize.js';
import type { Operator } from './operator.js';
import * as quantized from './quantized.js';
import * as rearrange from './rearrange.js';
import * as recurrent from './recurrent.js';
import * as shape from './shape.js';
import * as windows from './windows.js';

/** The supported operators of ONNX, by name. Each module exports operators only. */
const onnx: Readonly<Record<string, Operator>> = {
  ...recurrent,
  ...linear,
  ...elementwise,
  ...normalize,
  ...shape,
  ...constants,
  ...compare,
  ...math,
  ...rearrange,
  ...windows,
  ...quantized,
};

/** The supported operators of each domain. */
const domains: Readonly<Record<string, Readonly<Record<string, Operator>>>> = {
  '': onnx,
  'ai.onnx': onnx,
  'com.microsoft': microsoft,
};

/** True if operators of the domain are supported. */
export function isKnownDomain(domain: string): boolean {
  return Object.hasOwn(domains, domain);
}

/** The operator of a node; undefined if it is not supported. */
export function operatorOf({ domain, type }: Pick<GraphNode, 'domain' | 'type'>): Operator | undefined {
  const operators = isKnownDomain(domain) ? domains[domain] : {};
  return Object.hasOwn(operators, type) ? operators[type] : undefined;
}
