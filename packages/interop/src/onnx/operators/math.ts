/* Functions of numbers: on the backend where it has them, else on the host. */
import { DataError, type Tape, type Tensor } from '@recurra/core';
import { broadcastShape } from '@recurra/core/backend';
import { isFloat } from '../dtypes.js';
import { erf } from '../erf.js';
import { expanded } from '../movement.js';
import { allocate, checkSize, isBig, store, Value } from '../value.js';
import type { Call, Operator } from './operator.js';

export const Sqrt: Operator = onBackend((tape, x) => tape.sqrt(x));
export const Log: Operator = onBackend((tape, x) => tape.log(x));
export const Reciprocal: Operator = onBackend((tape, x) => tape.div(tape.fill([1], 1), x));
export const Erf: Operator = onHost(() => erf);

export const Gelu: Operator = {
  ...onHost(({ attributes }) =>
    attributes.string('approximate', 'none') === 'tanh'
      ? (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
      : (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  ),
  attributes: ['approximate'],
};

export const Neg: Operator = signed(
  (tape, x) => tape.affine(x, -1),
  (x) => -x,
);
export const Abs: Operator = signed(
  (tape, x) => tape.abs(x),
  (x) => (x < 0n ? -x : x),
);

export const Max: Operator = ofMany((tape, a, b) => tape.maximum(a, b), largest);
export const Min: Operator = ofMany(
  (tape, a, b) => tape.minimum(a, b),
  (a, b) => -largest(-a, -b),
);
export const Sum: Operator = ofMany(
  (tape, a, b) => tape.add(a, b),
  (a, b) => a + b,
);

export const Pow: Operator = ofTwo(
  (a, b) => a ** b,
  (a, b, call) => (b < 0n ? call.fail(`an integer to the power of ${b} is not supported`) : a ** b),
);

/** Of integers the sign is the divisor's, as in Python; with fmod, and of floating-point numbers, the dividend's. */
export const Mod: Operator = {
  ...ofTwo(
    (a, b) => a % b,
    (a, b, { attributes, label }) => {
      if (b === 0n) throw new DataError(`${label}: division by zero`);
      const rest = a % b;
      return attributes.int('fmod', 0) === 0 && rest !== 0n && rest < 0n !== b < 0n ? rest + b : rest;
    },
  ),
  attributes: ['fmod'],
};

export const Clip: Operator = {
  attributes: ['max', 'min'],
  async run(call) {
    const { tape, attributes } = call;
    const x = call.input(0);
    const bound = async (index: number, name: string) => {
      const given = call.inputs[index];
      return given ? Number((await given.data())[0]) : attributes.float(name);
    };
    const [low, high] = [await bound(1, 'min'), await bound(2, 'max')];
    if (isFloat(x.dtype)) {
      const limit = (value: number) => tape.fill([1], value);
      const raised = low === undefined ? call.float(0) : tape.maximum(call.float(0), limit(low));
      const result = high === undefined ? raised : tape.minimum(raised, limit(high));
      return [Value.onBackend(tape, result, x.shape, x.dtype)];
    }
    const from = await x.data();
    const data = allocate(tape, x.dtype, x.shape, call.label);
    for (let i = 0; i < data.length; i++) {
      const value = Math.min(Math.max(Number(from[i]), low ?? -Infinity), high ?? Infinity);
      store(data, i, value === Number(from[i]) ? BigInt(from[i]) : BigInt(Math.trunc(value)));
    }
    return [Value.onHost(tape, { dtype: x.dtype, shape: x.shape, data })];
  },
};

export const Range: Operator = {
  async run(call) {
    const [start, limit, delta] = [call.input(0), call.input(1), call.input(2)];
    const scalars = await Promise.all([start, limit, delta].map(async (x) => (await x.data())[0]));
    const [from, to, by] = scalars.map(Number);
    if (by === 0) call.fail('the step is 0');
    const count = Math.max(0, Math.ceil((to - from) / by));
    const data = allocate(call.tape, start.dtype, [count], call.label);
    const big = isBig(data);
    for (let i = 0; i < count; i++) data[i] = big ? BigInt(from + i * by) : from + i * by;
    return [Value.onHost(call.tape, { dtype: start.dtype, shape: [count], data })];
  },
};

function largest(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}

function onBackend(f: (tape: Tape, x: Tensor) => Tensor): Operator {
  return {
    run(call) {
      const { shape } = call.input(0);
      return [Value.onBackend(call.tape, f(call.tape, call.float(0)), shape, call.floatType(0))];
    },
  };
}

function onHost(of: (call: Call) => (x: number) => number): Operator {
  return {
    async run(call) {
      const { shape } = call.input(0);
      const dtype = call.floatType(0);
      const f = of(call);
      const data = Float64Array.from((await call.input(0).data()) as ArrayLike<number>, f);
      return [Value.onHost(call.tape, { dtype, shape, data })];
    },
  };
}

function signed(float: (tape: Tape, x: Tensor) => Tensor, integer: (x: bigint) => bigint): Operator {
  const ofFloats = onBackend(float);
  return {
    async run(call) {
      const x = call.input(0);
      if (isFloat(x.dtype)) return ofFloats.run(call);
      const from = await x.data();
      const data = allocate(call.tape, x.dtype, x.shape, call.label);
      for (let i = 0; i < data.length; i++) store(data, i, integer(BigInt(from[i])));
      return [Value.onHost(call.tape, { dtype: x.dtype, shape: x.shape, data })];
    },
  };
}

/** Of one or more inputs, broadcast. */
function ofMany(
  float: (tape: Tape, a: Tensor, b: Tensor) => Tensor,
  integer: (a: bigint, b: bigint) => bigint,
): Operator {
  return {
    async run(call) {
      const { dtype } = call.input(0);
      const shape = commonShape(call);
      const { tape } = call;
      if (isFloat(dtype)) {
        const result = call.inputs.map((_, i) => call.float(i)).reduce((a, b) => float(tape, a, b));
        return [Value.onBackend(tape, result, shape, dtype)];
      }
      const sides = await onHostSides(call, shape);
      const data = allocate(tape, dtype, shape, call.label);
      for (let i = 0; i < data.length; i++)
        store(
          data,
          i,
          sides.map((side) => BigInt(side[i])).reduce((a, b) => integer(a, b)),
        );
      return [Value.onHost(tape, { dtype, shape, data })];
    },
  };
}

/** Of two inputs, broadcast, on the host; the result has the type of the first. */
function ofTwo(
  float: (a: number, b: number) => number,
  integer: (a: bigint, b: bigint, call: Call) => bigint,
): Operator {
  return {
    async run(call) {
      const { dtype } = call.input(0);
      const shape = commonShape(call);
      const [a, b] = await onHostSides(call, shape);
      const data = allocate(call.tape, dtype, shape, call.label);
      const whole = !isFloat(dtype) && !isFloat(call.input(1).dtype);
      if (!whole && !isFloat(dtype)) call.fail(`${dtype} with ${call.input(1).dtype} is not supported`);
      for (let i = 0; i < data.length; i++) {
        if (whole) store(data, i, integer(BigInt(a[i]), BigInt(b[i]), call));
        else data[i] = float(Number(a[i]), Number(b[i]));
      }
      return [Value.onHost(call.tape, { dtype, shape, data })];
    },
  };
}

function commonShape(call: Call): readonly number[] {
  let shape: readonly number[] = call.input(0).shape;
  for (const index of call.inputs.keys()) {
    const other = call.input(index).shape;
    shape = broadcastShape(shape, other) ?? call.fail(`[${shape}] and [${other}] do not broadcast`);
  }
  checkSize(call.tape, shape, call.label);
  return shape;
}

async function onHostSides(call: Call, shape: readonly number[]) {
  return Promise.all(
    call.inputs.map(async (_, i) => (await expanded(call.tape, call.input(i), shape)).data()),
  );
}
