import { type ActivationName, activationKind, type DenseKernel } from '@recurra/core/backend';
import type { Storage } from '../kernels.js';
import { FLAT } from '../strides.js';
import type { Arrays } from '../textures.js';
import { copier } from './atlas.js';
import { packer } from './pack.js';
import { sequence } from './sequence.js';
import { argument, LANE, ofRows, padded, putters, quads, reader, tall, texel, writes } from './texels.js';

/** An activation, and its derivative by its result, as text. */
const ACTIVATIONS: Readonly<Partial<Record<ActivationName, readonly [value: string, slope: string]>>> = {
  linear: ['a', '1'],
  relu: ['relu(a)', '(y > 0 ? 1 : 0)'],
  sigmoid: ['sigmoid(a)', 'y * (1 - y)'],
  tanh: ['safeTanh(a)', '(1 - y * y)'],
};

const BLOCKS = [0, 1, 2, 3] as const;
const PARTS = BLOCKS.map((block) => `part${block}`);

/** A dense layer by the products of the recurrent ones: its units are the four "gates" of a quarter as many. */
export function dense(arrays: Arrays): DenseKernel {
  const { device, get, add, drop, kernel, several, blank, outputOf } = arrays;
  const webgl2 = device.mode === 'webgl2';
  const pack = packer(arrays);
  const copy = copier(arrays);
  const products = sequence(arrays, copy);

  /** activation(x·W + b) from the product's four results. */
  const activated = (
    parts: readonly Storage[],
    rows: number,
    units: number,
    kind: ActivationName,
  ): Storage => {
    const block = quads(units);
    const launch = kernel(`${kind} of ${units} units`, () => ({
      source: `function (${PARTS.map(argument).join(', ')}) {
        var i = ${FLAT};
        var n = quotient(i, ${units});
        var unit = i - n * ${units};
        var part = quotient(unit, ${block});
        var j = unit - part * ${block};
        var q = quotient(n, 4);
        var a = 0.0;
        if (part === 0) { a = lane(${texel('part0', 'j', 'q')}, n - 4 * q); }
        if (part === 1) { a = lane(${texel('part1', 'j', 'q')}, n - 4 * q); }
        if (part === 2) { a = lane(${texel('part2', 'j', 'q')}, n - 4 * q); }
        if (part === 3) { a = lane(${texel('part3', 'j', 'q')}, n - 4 * q); }
        return ${ACTIVATIONS[kind]?.[0]};
      }`,
      types: PARTS.map(() => 'texture4' as const),
      native: [LANE, ...PARTS.map((part) => reader(part, webgl2))],
    }));
    return launch(outputOf([rows, units]), ...parts);
  };

  /** The gradient of x·W + b, in rows of the four blocks of units. */
  const gradients = (y: Storage, dy: Storage, rows: number, units: number, kind: ActivationName) => {
    const block = quads(units);
    const output = [block, padded(quads(rows))] as const;
    const names = PARTS.map((part) => `d${part}`);
    const launch = several(`gradient of ${kind} of ${units} units`, () => ({
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
      if (device.results < BLOCKS.length) return `a kernel here writes ${device.results} textures at most`;
      const longest = Math.max(quads(rows), inputSize + 1, quads(units));
      return longest > device.side
        ? `${longest} texels along a side; a texture has ${device.side}`
        : undefined;
    },

    forward({ rows, inputSize, units, activation, training }, { x, kernel: weights, bias }) {
      const [given, w] = [x, weights].map(get);
      const b = bias && get(bias);
      const packed = pack.rows(given, { steps: 1, batch: rows, features: inputSize });
      const gates = pack.gates(w, b, { inputs: inputSize, units: quads(units), width: units });
      const shape = { inner: inputSize, units: quads(units), gates: BLOCKS.length, rows: quads(rows) };
      const parts = products.product(packed, gates, shape);
      const y = activated(parts, rows, units, activationKind(activation));
      parts.forEach(drop);
      const kept = [packed, gates];
      if (!training) kept.forEach(drop);
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
      const found = products.weightGradient(packed, d, shape, 0);
      const width = { units: block, width: units };
      const result = {
        kernel: add(pack.fromGates(found, { inputs: inputSize, ...width }, 0), [inputSize, units]),
        bias: bias && add(pack.fromGates(found, { inputs: 1, ...width }, inputSize), [units]),
        x: inputGradient ? add(inputsOf(d, gates), [rows, inputSize]) : undefined,
      };
      for (const array of [...d, found]) drop(array);
      return result;

      function inputsOf(d: readonly Storage[], gates: Storage): Storage {
        const dx = blank(inputSize, tall(quads(rows)));
        products.productBack({ ...shape, gates: BLOCKS, plus: false })(d, 0, gates, dx);
        const tensor = pack.fromRows(dx, { steps: 1, batch: rows, features: inputSize }, 0);
        drop(dx);
        return tensor;
      }
    },
  };
}
