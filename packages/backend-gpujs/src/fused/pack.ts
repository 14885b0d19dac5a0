import type { Storage } from '../kernels.js';
import type { Context } from '../memory.js';
import { FLAT } from '../strides.js';
import { argument, COMPONENT, eachRow, ofRows, quads, reader, tall, texel } from './texels.js';

/* Converts tensors to the layouts of the fused kernels (see texels.ts) and back, in one launch each. The kernels work for all sizes. */

/** [steps, batch, features]; a tensor [batch, features] is one step. */
export interface RowsShape {
  readonly steps: number;
  readonly batch: number;
  readonly features: number;
}

export interface GatesShape {
  /** K */
  readonly inputs: number;
  /** H; gate k has columns k·H to (k + 1)·H, except those from `width` on. */
  readonly units: number;
  /** The number of columns, at most 4·H. */
  readonly width: number;
}

export function packer(context: Context) {
  const { kernel, outputOf } = context;
  const webgl2 = context.device.mode === 'webgl2';

  return {
    /** A tensor in the rows layout. */
    rows(x: Storage, { steps, batch, features }: RowsShape): Storage {
      const launch = kernel('rows', () => ({
        // x [steps, batch, features] → [steps · ⌈batch / 4⌉, features] texels
        source: `function (x, steps, batch, features, height) {
          var step = quotient(this.thread.y, height);
          var b = 4 * (this.thread.y - step * height);
          var i = (step * batch + b) * features + this.thread.x;
          ${eachRow('var v$ = 0.0; if (step < steps && b + $ < batch) { v$ = x[i + $ * features]; }')}
          return [${ofRows('v$')}];
        }`,
        types: ['texture', 'number', 'number', 'number', 'number'],
        channels: 4,
      }));
      const height = quads(batch);
      return launch([features, tall(steps * height)], x, steps, batch, features, height);
    },

    /** The rows of texels from `first` on, as a tensor with zeros past `lengths`. */
    fromRows(x: Storage, { steps, batch, features }: RowsShape, first: number, lengths?: Storage): Storage {
      const names = ['x', ...(lengths ? ['lengths'] : [])];
      const launch = kernel(`from rows${lengths ? ', lengths' : ''}`, () => ({
        // x [rows, features] texels, lengths [⌈batch / 4⌉, 1] texels → [steps, batch, features]
        source: `function (${names.map(argument).join(', ')}, first, batch, features, height) {
          var i = ${FLAT};
          var row = quotient(i, features);
          var step = quotient(row, batch);
          var b = row - step * batch;
          var q = quotient(b, 4);
          ${lengths ? `if (step >= component(${texel('lengths', '0', 'q')}, b - 4 * q)) { return 0; }` : ''}
          return component(${texel('x', 'i - row * features', 'first + step * height + q')}, b - 4 * q);
        }`,
        types: [...names.map(() => 'texture4' as const), 'number', 'number', 'number', 'number'],
        native: [COMPONENT, ...names.map((name) => reader(name, webgl2))],
      }));
      const output = outputOf([steps, batch, features]);
      return launch(output, x, ...(lengths ? [lengths] : []), first, batch, features, quads(batch));
    },

    /** A layer's kernel and its bias in the gates layout. */
    gates(w: Storage, bias: Storage | undefined, { inputs, units, width }: GatesShape): Storage {
      const launch = kernel(`gates${bias ? ', bias' : ''}`, () => ({
        // w [inputs, width], bias [width] → [inputs + 1, units] texels
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
     * A gradient in the gates layout as a tensor [inputs, width], from row `first` on: that of the kernel, or the row of the bias.
     * @param rest the array that has the gates from number `split` on, if they belong to another product
     */
    fromGates(
      gates: Storage,
      { inputs, units, width }: GatesShape,
      first: number,
      rest?: { readonly split: number; readonly gates: Storage },
    ): Storage {
      const names = ['gates', ...(rest ? ['rest'] : [])];
      const launch = kernel(`from gates${rest ? `, split at ${rest.split}` : ''}`, () => ({
        // gates and rest [rows, units] texels → [inputs, width]
        source: `function (${names.map(argument).join(', ')}, first, units, width) {
          var i = ${FLAT};
          var k = quotient(i, width);
          var column = i - k * width;
          var gate = quotient(column, units);
          var j = column - gate * units;
          ${rest ? `if (gate >= ${rest.split}) { return component(${texel('rest', 'j', 'first + k')}, gate - ${rest.split}); }` : ''}
          return component(${texel('gates', 'j', 'first + k')}, gate);
        }`,
        types: [...names.map(() => 'texture4' as const), 'number', 'number', 'number'],
        native: [COMPONENT, ...names.map((name) => reader(name, webgl2))],
      }));
      const output = outputOf([inputs, width]);
      return launch(output, gates, ...(rest ? [rest.gates] : []), first, units, width);
    },

    /** The number of steps of each row: `lengths`, or all; 0 for the rows past the batch. */
    lengths(lengths: Storage | undefined, time: number, batch: number): Storage {
      const launch = kernel(lengths ? 'lengths' : 'lengths, all', () => ({
        // lengths [batch] or a number → [⌈batch / 4⌉, 1] texels
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
