import { type Activation, activate, DataError, type Tape, type Tensor } from '@recurra/core';
import { broadcastShape } from '@recurra/core/backend';
import { type ExactDtype, isFloat } from '../dtypes.js';
import type { GraphNode } from '../graph.js';
import { expanded } from '../movement.js';
import { allocate, checkSize, store, Value } from '../value.js';
import type { Call, Operator } from './operator.js';

export const Add: Operator = arithmetic(
  (tape, a, b) => tape.add(a, b),
  (a, b) => a + b,
);
export const Sub: Operator = arithmetic(
  (tape, a, b) => tape.sub(a, b),
  (a, b) => a - b,
);
export const Mul: Operator = arithmetic(
  (tape, a, b) => tape.mul(a, b),
  (a, b) => a * b,
);
export const Div: Operator = arithmetic(
  (tape, a, b) => tape.div(a, b),
  (a, b) => a / b,
);
export const Sigmoid: Operator = activation(() => 'sigmoid');
export const Tanh: Operator = activation(() => 'tanh');
export const Relu: Operator = activation(() => 'relu');
export const Softplus: Operator = activation(() => 'softplus');
export const Softsign: Operator = activation(() => 'softsign');
export const Exp: Operator = activation(() => 'exponential');
// Only with its default constants.
export const Selu: Operator = activation(() => 'selu');
export const Elu: Operator = activation(
  ({ attributes }) => ({ kind: 'elu', alpha: attributes.float('alpha', 1) }),
  ['alpha'],
);
export const LeakyRelu: Operator = activation(
  ({ attributes }) => ({ kind: 'leakyRelu', alpha: attributes.float('alpha', 0.01) }),
  ['alpha'],
);
export const ThresholdedRelu: Operator = activation(
  ({ attributes }) => ({ kind: 'thresholdedRelu', alpha: attributes.float('alpha', 1) }),
  ['alpha'],
);
export const HardSigmoid: Operator = activation(
  ({ attributes }) => ({
    kind: 'hardSigmoid',
    alpha: attributes.float('alpha', 0.2),
    beta: attributes.float('beta', 0.5),
  }),
  ['alpha', 'beta'],
);

function activation(of: (node: GraphNode) => Activation, attributes: readonly string[] = []): Operator {
  return {
    attributes,
    run: (call) => {
      const { shape } = call.input(0);
      const dtype = call.floatType(0);
      return [Value.onBackend(call.tape, activate(call.tape, call.float(0), of(call.node)), shape, dtype)];
    },
  };
}

/** Floating-point numbers on the backend; integers on the host, exactly; division rounds towards zero. */
function arithmetic(
  float: (tape: Tape, a: Tensor, b: Tensor) => Tensor,
  integer: (a: bigint, b: bigint) => bigint,
): Operator {
  return {
    async run(call) {
      const [a, b] = [call.input(0), call.input(1)];
      if (a.dtype !== b.dtype) call.fail(`the inputs must have the same type, not ${a.dtype} and ${b.dtype}`);
      const shape = broadcastShape(a.shape, b.shape);
      if (!shape) return call.fail(`[${a.shape}] and [${b.shape}] do not broadcast`);
      checkSize(call.tape, shape, call.label);
      if (isFloat(a.dtype)) {
        const result = float(call.tape, call.float(0), call.float(1));
        return [Value.onBackend(call.tape, result, shape, a.dtype)];
      }
      return [await exact(call, a.dtype, shape, integer)];
    },
  };
}

async function exact(
  { node, tape, inputs }: Call,
  dtype: ExactDtype,
  shape: readonly number[],
  integer: (a: bigint, b: bigint) => bigint,
): Promise<Value> {
  const sides = await Promise.all(inputs.map(async (x) => (await expanded(tape, x as Value, shape)).data()));
  const data = allocate(tape, dtype, shape, node.label);
  for (let i = 0; i < data.length; i++) {
    const [a, b] = sides.map((side) => BigInt(side[i]));
    if (b === 0n && node.type === 'Div') throw new DataError(`${node.label}: division by zero`);
    store(data, i, integer(a, b));
  }
  return Value.onHost(tape, { dtype, shape, data });
}
