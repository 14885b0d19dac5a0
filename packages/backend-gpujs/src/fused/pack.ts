import type { Storage } from '../kernels.js';
import { FLAT } from '../strides.js';
import type { Arrays } from '../textures.js';
import { argument, eachRow, LANE, ofRows, quads, reader, tall, texel } from './texels.js';

/* Tensors into the layouts of the fused kernels, and back: a launch each, of a kernel for all sizes. */

/** [steps, batch, features]; a tensor [batch, features] is one step. */
export interface RowsShape {
  readonly steps: number;
  readonly batch: number;
  readonly features: number;
}

export interface GatesShape {
  /** K */
  readonly inputs: number;
  /** H; gate k has columns k·H to (k + 1)·H, as far as there are so many. */
  readonly units: number;
  /** Columns in all, at most 4·H. */
  readonly width: number;
}

export function packer(arrays: Arrays) {
  const { kernel, outputOf } = arrays;
  const webgl2 = arrays.device.mode === 'webgl2';

  return {
    rows(x: Storage, { steps, batch, features }: RowsShape): Storage {
      const launch = kernel('rows', () => ({
        source: `function (x, steps, batch, features, high) {
          var step = quotient(this.thread.y, high);
          var b = 4 * (this.thread.y - step * high);
          var i = (step * batch + b) * features + this.thread.x;
          ${eachRow('var v$ = 0.0; if (step < steps && b + $ < batch) { v$ = x[i + $ * features]; }')}
          return [${ofRows('v$')}];
        }`,
        types: ['texture', 'number', 'number', 'number', 'number'],
        channels: 4,
      }));
      const high = quads(batch);
      return launch([features, tall(steps * high)], x, steps, batch, features, high);
    },

    /** Rows of texels from `first` on as a tensor; zeros past `lengths`. */
    fromRows(x: Storage, { steps, batch, features }: RowsShape, first: number, lengths?: Storage): Storage {
      const names = ['x', ...(lengths ? ['lengths'] : [])];
      const launch = kernel(`from rows${lengths ? ', lengths' : ''}`, () => ({
        source: `function (${names.map(argument).join(', ')}, first, batch, features, high) {
          var i = ${FLAT};
          var row = quotient(i, features);
          var step = quotient(row, batch);
          var b = row - step * batch;
          var q = quotient(b, 4);
          ${lengths ? `if (step >= lane(${texel('lengths', '0', 'q')}, b - 4 * q)) { return 0; }` : ''}
          return lane(${texel('x', 'i - row * features', 'first + step * high + q')}, b - 4 * q);
        }`,
        types: [...names.map(() => 'texture4' as const), 'number', 'number', 'number', 'number'],
        native: [LANE, ...names.map((name) => reader(name, webgl2))],
      }));
      const output = outputOf([steps, batch, features]);
      return launch(output, x, ...(lengths ? [lengths] : []), first, batch, features, quads(batch));
    },

    /** A kernel and its bias. */
    gates(w: Storage, bias: Storage | undefined, { inputs, units, width }: GatesShape): Storage {
      const launch = kernel(`gates${bias ? ', bias' : ''}`, () => ({
        source: `function (w, ${bias ? 'bias, ' : ''}inputs, units, width) {
          var j = this.thread.x;
          var i = this.thread.y * width + j;
          ${eachRow('var v$ = 0.0;')}
          if (this.thread.y < inputs) {
            ${eachRow('if ($ * units + j < width) { v$ = w[i + $ * units]; }')}
          }
          ${
            bias
              ? `else {
            ${eachRow('if ($ * units + j < width) { v$ = bias[j + $ * units]; }')}
          }`
              : ''
          }
          return [${ofRows('v$')}];
        }`,
        types: ['texture', ...(bias ? ['texture' as const] : []), 'number', 'number', 'number'],
        channels: 4,
      }));
      return launch([units, inputs + 1], w, ...(bias ? [bias] : []), inputs, units, width);
    },

    /**
     * A gradient in gates as a tensor of so many inputs from `first` on: the kernel, or the one row of the bias.
     * @param rest the gates from number `split` on, where they are gradients of another product
     */
    fromGates(
      gates: Storage,
      { inputs, units, width }: GatesShape,
      first: number,
      rest?: { readonly split: number; readonly gates: Storage },
    ): Storage {
      const names = ['gates', ...(rest ? ['rest'] : [])];
      const launch = kernel(`from gates${rest ? `, split at ${rest.split}` : ''}`, () => ({
        source: `function (${names.map(argument).join(', ')}, first, units, width) {
          var i = ${FLAT};
          var k = quotient(i, width);
          var column = i - k * width;
          var gate = quotient(column, units);
          var j = column - gate * units;
          ${rest ? `if (gate >= ${rest.split}) { return lane(${texel('rest', 'j', 'first + k')}, gate - ${rest.split}); }` : ''}
          return lane(${texel('gates', 'j', 'first + k')}, gate);
        }`,
        types: [...names.map(() => 'texture4' as const), 'number', 'number', 'number'],
        native: [LANE, ...names.map((name) => reader(name, webgl2))],
      }));
      const output = outputOf([inputs, width]);
      return launch(output, gates, ...(rest ? [rest.gates] : []), first, units, width);
    },

    /** How many steps each row has: `lengths`, or all; none for the rows past the batch. */
    lengths(lengths: Storage | undefined, time: number, batch: number): Storage {
      const launch = kernel(lengths ? 'lengths' : 'lengths, all', () => ({
        source: `function (lengths, batch) {
          var b = 4 * this.thread.y;
          ${eachRow(`var v$ = 0.0; if (b + $ < batch) { v$ = ${lengths ? 'lengths[b + $]' : 'lengths'}; }`)}
          return [${ofRows('v$')}];
        }`,
        types: [lengths ? 'texture' : 'number', 'number'],
        channels: 4,
      }));
      return launch([1, tall(quads(batch))], lengths ?? time, batch);
    },
  };
}
