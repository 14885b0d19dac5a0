import type { Storage } from '../kernels.js';
import type { Context } from '../memory.js';
import { FLAT } from '../strides.js';
import {
  argument,
  COMPONENT,
  type Columns,
  eachRow,
  FOUR,
  ofRows,
  quads,
  reader,
  tall,
  texel,
} from './texels.js';

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
  /** H: gate k has columns k·H to (k + 1)·H. */
  readonly units: number;
  /** The number of columns of all gates. */
  readonly width: number;
}

/** A gradient in the gates layout: that of all gates, or of some that come one after the other. */
export interface GatesPart {
  readonly array: Storage;
  readonly columns: Columns;
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

    /** The gates of a layer's kernel and of its bias from number `first` on, in the gates layout. */
    gates(
      w: Storage,
      bias: Storage | undefined,
      { inputs, units, width, first, columns }: GatesShape & { first: number; columns: Columns },
    ): Storage {
      const { gates, blocks, stride } = columns;
      const launch = kernel(`${gates} gates${bias ? ', bias' : ''}`, () => ({
        // w [inputs, width], bias [width] → [inputs + 1, stride] texels
        source: `function (w, ${bias ? 'bias, ' : ''}inputs, units, width, first, stride) {
          var row = this.thread.y * width;
          ${FOUR.slice(0, gates * blocks)
            .map((c) => {
              const [gate, block] = [Math.floor(c / blocks), c % blocks];
              return `var v${c} = 0.0;
              var j${c} = this.thread.x + ${block} * stride;
              var i${c} = (first + ${gate}) * units + j${c};
              if (j${c} < units) {
                if (this.thread.y < inputs) { v${c} = w[row + i${c}]; }
                ${bias ? `else { v${c} = bias[i${c}]; }` : ''}
              }`;
            })
            .join('\n')}
          return [${FOUR.map((c) => (c < gates * blocks ? `v${c}` : '0')).join(', ')}];
        }`,
        types: ['texture', ...(bias ? ['texture' as const] : []), ...Array(5).fill('number' as const)],
        channels: 4,
      }));
      return launch([stride, inputs + 1], w, ...(bias ? [bias] : []), inputs, units, width, first, stride);
    },

    /** A gradient in the gates layout as a tensor [inputs, width]. */
    fromGates(parts: readonly GatesPart[], { inputs, units, width }: GatesShape): Storage {
      const names = parts.map((_, i) => `part${i}`);
      const firstGates = parts.map((_, i) =>
        parts.slice(0, i).reduce((sum, { columns }) => sum + columns.gates, 0),
      );
      const launch = kernel(`from gates ${parts.map(({ columns }) => columns.gates)}`, () => ({
        // parts [rows, stride] texels → [inputs, width]
        source: `function (${names.map(argument).join(', ')}, units, width) {
          var i = ${FLAT};
          var k = quotient(i, width);
          var column = i - k * width;
          var gate = quotient(column, units);
          var j = column - gate * units;
          var value = 0.0;
          ${parts
            .map(
              ({ columns: { gates, blocks } }, i) => `var stride${i} = Math.ceil(units / ${blocks});
              if (gate >= ${firstGates[i]} && gate < ${firstGates[i] + gates}) {
                var block${i} = quotient(j, stride${i});
                value = component(${texel(names[i], `j - block${i} * stride${i}`, 'k')}, (gate - ${firstGates[i]}) * ${blocks} + block${i});
              }`,
            )
            .join('\n')}
          return value;
        }`,
        types: [...names.map(() => 'texture4' as const), 'number', 'number'],
        native: [COMPONENT, ...names.map((name) => reader(name, webgl2))],
      }));
      return launch(outputOf([inputs, width]), ...parts.map(({ array }) => array), units, width);
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
