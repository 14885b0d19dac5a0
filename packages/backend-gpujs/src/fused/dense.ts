import { type ActivationName, activationKind, type DenseKernel } from '@recurra/core/backend';
import type { Storage } from '../kernels.js';
import type { Context } from '../memory.js';
import { FLAT } from '../strides.js';
import { copier } from './copy.js';
import { packer } from './pack.js';
import { product } from './product.js';
import {
  argument,
  COMPONENT,
  columnsOf,
  eachRow,
  FOUR,
  ofRows,
  quads,
  reader,
  tall,
  texel,
} from './texels.js';

/** Each activation, and its derivative as a function of its result, as text. */
const ACTIVATIONS: Readonly<Partial<Record<ActivationName, readonly [value: string, slope: string]>>> = {
  linear: ['a', '1'],
  relu: ['relu(a)', '(y > 0 ? 1 : 0)'],
  sigmoid: ['sigmoid(a)', 'y * (1 - y)'],
  tanh: ['safeTanh(a)', '(1 - y * y)'],
};

const PARTS = FOUR.map((block) => `part${block}`);

/**
 * A dense layer, computed with the products of the recurrent layers: its units are one gate.
 */
export function dense(context: Context): DenseKernel {
  const { device, get, add, drop, kernel, blank, outputOf } = context;
  const webgl2 = device.mode === 'webgl2';
  const pack = packer(context);
  const copy = copier(context);
  const products = product(context, copy);

  /** activation(x·W + b) from the product's four results. */
  const activated = (
    parts: readonly Storage[],
    rows: number,
    units: number,
    kind: ActivationName,
  ): Storage => {
    const launch = kernel(`${kind} of a product`, () => ({
      // part0 … part3, each [⌈rows / 4⌉, ⌈units / 4⌉] texels → [rows, units]
      source: `function (${PARTS.map(argument).join(', ')}, units, block) {
        var i = ${FLAT};
        var n = quotient(i, units);
        var unit = i - n * units;
        var part = quotient(unit, block);
        var j = unit - part * block;
        var q = quotient(n, 4);
        var a = 0.0;
        if (part === 0) { a = component(${texel('part0', 'j', 'q')}, n - 4 * q); }
        if (part === 1) { a = component(${texel('part1', 'j', 'q')}, n - 4 * q); }
        if (part === 2) { a = component(${texel('part2', 'j', 'q')}, n - 4 * q); }
        if (part === 3) { a = component(${texel('part3', 'j', 'q')}, n - 4 * q); }
        return ${ACTIVATIONS[kind]?.[0]};
      }`,
      types: [...PARTS.map(() => 'texture4' as const), 'number', 'number'],
      native: [COMPONENT, ...PARTS.map((part) => reader(part, webgl2))],
    }));
    return launch(outputOf([rows, units]), ...parts, units, quads(units));
  };

  /** The gradient of x·W + b, in the rows layout. */
  const gradient = (y: Storage, dy: Storage, rows: number, units: number, kind: ActivationName): Storage => {
    const launch = kernel(`gradient of ${kind}`, () => ({
      // ys [rows, units], dys [rows, units] → [⌈rows / 4⌉, units] texels, zero past rows
      source: `function (ys, dys, rows, units) {
        var n = 4 * this.thread.y;
        var i = n * units + this.thread.x;
        ${eachRow(`var v$ = 0.0;
        if (n + $ < rows) {
          var y = ys[i + $ * units];
          v$ = dys[i + $ * units] * ${ACTIVATIONS[kind]?.[1]};
        }`)}
        return [${ofRows('v$')}];
      }`,
      types: ['texture', 'texture', 'number', 'number'],
      channels: 4,
    }));
    return launch([units, tall(quads(rows))], y, dy, rows, units);
  };

  return {
    declines({ activation, rows, inputSize, units }) {
      if (rows * inputSize * units === 0) return 'a dimension of 0';
      const kind = activationKind(activation);
      if (!ACTIVATIONS[kind]) {
        return `activation ${kind}; fused are ${Object.keys(ACTIVATIONS).join(', ')}`;
      }
      if (device.results < FOUR.length)
        return `the products write ${FOUR.length} textures, but a kernel can write only ${device.results} here`;
      const longest = Math.max(quads(rows), inputSize + 1, units);
      return longest > device.side
        ? `${longest} texels along a side, but a texture has at most ${device.side}`
        : undefined;
    },

    forward({ rows, inputSize, units, activation, training }, { x, kernel: weights, bias }) {
      const [xs, w] = [x, weights].map(get);
      const b = bias && get(bias);
      const packed = pack.rows(xs, { steps: 1, batch: rows, features: inputSize });
      const columns = columnsOf(1, units);
      const gates = pack.gates(w, b, { inputs: inputSize, units, width: units, first: 0, columns });
      const parts = products.forward(packed, gates, { inner: inputSize, rows: quads(rows), columns });
      const y = activated(parts, rows, units, activationKind(activation));
      parts.forEach(drop);
      if (!training) [packed, gates].forEach(drop);
      return {
        y: add(y, [rows, units]),
        saved: training
          ? [add(packed, [quads(rows), inputSize, 4]), add(gates, [inputSize + 1, columns.stride, 4])]
          : [],
      };
    },

    backward({ rows, inputSize, units, activation, inputGradient }, { bias }, outputs, dy) {
      const [packed, gates] = outputs.saved.map(get);
      const all = { first: 0, rows: quads(rows) };
      const d = gradient(get(outputs.y), get(dy), rows, units, activationKind(activation));
      const dTransposed = products.transpose(d, { features: units, ...all });
      const xTransposed = products.transpose(packed, { features: inputSize, ...all });
      const shape = { units, inputs: inputSize, rows: quads(rows) };
      const array = products.weightGradient(xTransposed, [dTransposed], shape);
      const parts = [{ array, columns: columnsOf(1, units) }];
      const result = {
        kernel: add(pack.fromGates(parts, { inputs: inputSize, units, width: units }), [inputSize, units]),
        bias: bias && add(products.biasGradient([dTransposed], units, quads(rows)), [units]),
        x: inputGradient ? add(inputsOf(d, gates), [rows, inputSize]) : undefined,
      };
      for (const temporary of [d, dTransposed, xTransposed, array]) drop(temporary);
      return result;

      function inputsOf(d: Storage, gates: Storage): Storage {
        const dx = blank(inputSize, tall(quads(rows)));
        const result = products.backward({ ...shape, gates: 1, plus: false })([d], 0, gates, dx);
        const tensor = pack.fromRows(result, { steps: 1, batch: rows, features: inputSize }, 0);
        for (const array of new Set([dx, result])) drop(array);
        return tensor;
      }
    },
  };
}
