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
  ofRows,
  padded,
  putters,
  quads,
  reader,
  tall,
  texel,
  writes,
} from './texels.js';

/** Each activation, and its derivative as a function of its result, as text. */
const ACTIVATIONS: Readonly<Partial<Record<ActivationName, readonly [value: string, slope: string]>>> = {
  linear: ['a', '1'],
  relu: ['relu(a)', '(y > 0 ? 1 : 0)'],
  sigmoid: ['sigmoid(a)', 'y * (1 - y)'],
  tanh: ['safeTanh(a)', '(1 - y * y)'],
};

const BLOCKS = [0, 1, 2, 3] as const;
const PARTS = BLOCKS.map((block) => `part${block}`);

/**
 * A dense layer, computed with the products of the recurrent layers: its U units are treated as four gates of
 * ⌈U / 4⌉ units.
 */
export function dense(context: Context): DenseKernel {
  const { device, get, add, drop, kernel, several, blank, outputOf } = context;
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
    const block = quads(units);
    const launch = kernel(`${kind} of ${units} units`, () => ({
      // part0 … part3, each [⌈rows / 4⌉, ⌈units / 4⌉] texels → [rows, units]
      source: `function (${PARTS.map(argument).join(', ')}) {
        var i = ${FLAT};
        var n = quotient(i, ${units});
        var unit = i - n * ${units};
        var part = quotient(unit, ${block});
        var j = unit - part * ${block};
        var q = quotient(n, 4);
        var a = 0.0;
        if (part === 0) { a = component(${texel('part0', 'j', 'q')}, n - 4 * q); }
        if (part === 1) { a = component(${texel('part1', 'j', 'q')}, n - 4 * q); }
        if (part === 2) { a = component(${texel('part2', 'j', 'q')}, n - 4 * q); }
        if (part === 3) { a = component(${texel('part3', 'j', 'q')}, n - 4 * q); }
        return ${ACTIVATIONS[kind]?.[0]};
      }`,
      types: PARTS.map(() => 'texture4' as const),
      native: [COMPONENT, ...PARTS.map((part) => reader(part, webgl2))],
    }));
    return launch(outputOf([rows, units]), ...parts);
  };

  /** The gradient of x·W + b, in the rows layout: an array for each of the four gates. */
  const gradients = (y: Storage, dy: Storage, rows: number, units: number, kind: ActivationName) => {
    const block = quads(units);
    const output = [block, padded(quads(rows))] as const;
    const names = PARTS.map((part) => `d${part}`);
    const launch = several(`gradient of ${kind} of ${units} units`, () => ({
      // ys [rows, units], dys [rows, units] → four of [⌈rows / 4⌉, ⌈units / 4⌉] texels, zero past rows and units
      source: `function (ys, dys, rows) {
        ${BLOCKS.map((part) =>
          ofRows('$')
            .map((row) => {
              const number = `v${part}${row}`;
              const unit = `this.thread.x + ${part * block}`;
              const n = `4 * this.thread.y + ${row}`;
              return `var ${number} = 0.0;
              if (${unit} < ${units} && ${n} < rows) {
                var i${part}${row} = (${n}) * ${units} + ${unit};
                var y = ys[i${part}${row}];
                ${number} = dys[i${part}${row}] * ${ACTIVATIONS[kind]?.[1]};
              }`;
            })
            .join('\n'),
        ).join('\n')}
        ${writes(BLOCKS.map((part) => [names[part], ofRows(`v${part}$`)]))}
      }`,
      types: ['texture', 'texture', 'number'],
      channels: 4,
      also: putters(names),
    }));
    return launch(output, y, dy, rows);
  };

  return {
    declines({ activation, rows, inputSize, units }) {
      if (rows * inputSize * units === 0) return 'a dimension of 0';
      const kind = activationKind(activation);
      if (!ACTIVATIONS[kind]) {
        return `activation ${kind}; fused are ${Object.keys(ACTIVATIONS).join(', ')}`;
      }
      if (device.results < BLOCKS.length)
        return `the gradients write ${BLOCKS.length} textures, but a kernel can write only ${device.results} here`;
      const longest = Math.max(quads(rows), inputSize + 1, quads(units));
      return longest > device.side
        ? `${longest} texels along a side, but a texture has at most ${device.side}`
        : undefined;
    },

    forward({ rows, inputSize, units, activation, training }, { x, kernel: weights, bias }) {
      const [xs, w] = [x, weights].map(get);
      const b = bias && get(bias);
      const packed = pack.rows(xs, { steps: 1, batch: rows, features: inputSize });
      const gates = pack.gates(w, b, { inputs: inputSize, units: quads(units), width: units });
      const shape = { inner: inputSize, units: quads(units), gates: BLOCKS.length, rows: quads(rows) };
      const parts = products.forward(packed, gates, shape);
      const y = activated(parts, rows, units, activationKind(activation));
      parts.forEach(drop);
      if (!training) [packed, gates].forEach(drop);
      return {
        y: add(y, [rows, units]),
        saved: training
          ? [add(packed, [quads(rows), inputSize, 4]), add(gates, [inputSize + 1, quads(units), 4])]
          : [],
      };
    },

    backward({ rows, inputSize, units, activation, inputGradient }, { bias }, outputs, dy) {
      const [packed, gates] = outputs.saved.map(get);
      const block = quads(units);
      const d = gradients(get(outputs.y), get(dy), rows, units, activationKind(activation));
      const shape = { units: block, inputs: inputSize, rows: quads(rows) };
      const dW = products.weightGradient(packed, d, shape, 0);
      const width = { units: block, width: units };
      const result = {
        kernel: add(pack.fromGates(dW, { inputs: inputSize, ...width }, 0), [inputSize, units]),
        bias: bias && add(pack.fromGates(dW, { inputs: 1, ...width }, inputSize), [units]),
        x: inputGradient ? add(inputsOf(d, gates), [rows, inputSize]) : undefined,
      };
      for (const array of [...d, dW]) drop(array);
      return result;

      function inputsOf(d: readonly Storage[], gates: Storage): Storage {
        const dx = blank(inputSize, tall(quads(rows)));
        products.backward({ ...shape, gates: BLOCKS, plus: false })(d, 0, gates, dx);
        const tensor = pack.fromRows(dx, { steps: 1, batch: rows, features: inputSize }, 0);
        drop(dx);
        return tensor;
      }
    },
  };
}
