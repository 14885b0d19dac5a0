/* Comparisons and logic, computed on the host, and the choice between two values. */
import { broadcastShape } from '@recurra/core/backend';
import { isFloat } from '../dtypes.js';
import { expanded } from '../movement.js';
import { allocate, checkSize, Value } from '../value.js';
import type { Call, Operator } from './operator.js';

type Element = number | bigint;

export const Equal: Operator = comparison((a, b) => a === b);
export const Less: Operator = comparison((a, b) => a < b);
export const LessOrEqual: Operator = comparison((a, b) => a <= b);
export const Greater: Operator = comparison((a, b) => a > b);
export const GreaterOrEqual: Operator = comparison((a, b) => a >= b);
export const And: Operator = comparison((a, b) => Boolean(a) && Boolean(b));
export const Or: Operator = comparison((a, b) => Boolean(a) || Boolean(b));
export const Xor: Operator = comparison((a, b) => Boolean(a) !== Boolean(b));

export const Not: Operator = {
  async run(call) {
    const x = call.input(0);
    if (x.dtype !== 'bool') call.fail(`the input must be bool, not ${x.dtype}`);
    const from = await x.data();
    const data = Uint8Array.from(from as ArrayLike<number>, (value) => 1 - value);
    return [Value.onHost(call.tape, { dtype: 'bool', shape: x.shape, data })];
  },
};

export const Where: Operator = {
  async run(call) {
    const [condition, a, b] = [call.input(0), call.input(1), call.input(2)];
    if (condition.dtype !== 'bool') call.fail(`the condition must be bool, not ${condition.dtype}`);
    if (a.dtype !== b.dtype) call.fail(`both values must have the same type, not ${a.dtype} and ${b.dtype}`);
    const shape = broadcasted(call, broadcasted(call, a.shape, b.shape), condition.shape);
    if (isFloat(a.dtype) && shape.length <= 4) {
      const chosen = call.tape.select(condition.tensor(), call.float(1), call.float(2));
      return [Value.onBackend(call.tape, chosen, shape, a.dtype)];
    }
    const [choice, yes, no] = await Promise.all(
      [condition, a, b].map(async (x) => (await expanded(call.tape, x, shape)).data()),
    );
    const data = allocate(call.tape, a.dtype, shape, call.label);
    for (let i = 0; i < data.length; i++) data[i] = choice[i] ? yes[i] : no[i];
    return [Value.onHost(call.tape, { dtype: a.dtype, shape, data })];
  },
};

function comparison(holds: (a: Element, b: Element) => boolean): Operator {
  return {
    async run(call) {
      const [a, b] = [call.input(0), call.input(1)];
      if (a.dtype !== b.dtype) call.fail(`the inputs must have the same type, not ${a.dtype} and ${b.dtype}`);
      const shape = broadcasted(call, a.shape, b.shape);
      const [left, right] = await Promise.all(
        [a, b].map(async (x) => (await expanded(call.tape, x, shape)).data()),
      );
      const data = allocate(call.tape, 'bool', shape, call.label);
      for (let i = 0; i < data.length; i++) data[i] = holds(left[i], right[i]) ? 1 : 0;
      return [Value.onHost(call.tape, { dtype: 'bool', shape, data })];
    },
  };
}

function broadcasted(call: Call, a: readonly number[], b: readonly number[]): readonly number[] {
  const shape = broadcastShape(a, b) ?? call.fail(`[${a}] and [${b}] do not broadcast`);
  checkSize(call.tape, shape, call.label);
  return shape;
}
