import type { Storage } from '../kernels.js';
import { FLAT } from '../strides.js';
import type { Arrays } from '../textures.js';
import { argument, eachRow, LANE, ofRows, quads, reader, tall, texel } from './texels.js';

/* Tensors into the layouts of the fused kernels, and back. Each is one launch, and its kernel is made for one size. */

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
      const high = quads(batch);
      const launch = kernel(`rows of ${steps},${batch},${features}`, () => ({
        source: `function (x) {
          var step = quotient(this.thread.y, ${high});
          var b = 4 * (this.thread.y - step * ${high});
          var i = (step * ${batch} + b) * ${features} + this.thread.x;
          ${eachRow(`var v$ = 0.0; if (b + $ < ${batch}) { v$ = x[i + $ * ${features}]; }`)}
          return [${ofRows('v$')}];
        }`,
        types: ['texture'],
        channels: 4,
      }));
      return launch([features, tall(steps * high)], x);
    },

    /** Rows of texels from `first` on as a tensor; zeros past `lengths`. */
    fromRows(x: Storage, { steps, batch, features }: RowsShape, first: number, lengths?: Storage): Storage {
      const high = quads(batch);
      const names = ['x', ...(lengths ? ['lengths'] : [])];
      const masked = lengths ? ', masked' : '';
      const launch = kernel(`from rows of ${steps},${batch},${features}${masked}`, () => ({
        source: `function (${names.map(argument).join(', ')}, first) {
          var i = ${FLAT};
          var row = quotient(i, ${features});
          var step = quotient(row, ${batch});
          var b = row - step * ${batch};
          var q = quotient(b, 4);
          ${lengths ? `if (step >= lane(${texel('lengths', '0', 'q')}, b - 4 * q)) { return 0; }` : ''}
          return lane(${texel('x', `i - row * ${features}`, `first + step * ${high} + q`)}, b - 4 * q);
        }`,
        types: [...names.map(() => 'texture4' as const), 'number'],
        native: [LANE, ...names.map((name) => reader(name, webgl2))],
      }));
      return launch(outputOf([steps, batch, features]), x, ...(lengths ? [lengths] : []), first);
    },

    /** A kernel and its bias. */
    gates(w: Storage, bias: Storage | undefined, { inputs, units, width }: GatesShape): Storage {
      const gate = (array: string, i: string, g: number) => {
        if (g * units >= width) return '0';
        const value = `${array}[${i} + ${g * units}]`;
        return (g + 1) * units <= width ? value : `(this.thread.x + ${g * units} < ${width} ? ${value} : 0)`;
      };
      const texelOf = (array: string, i: string) =>
        `[${[0, 1, 2, 3].map((g) => gate(array, i, g)).join(', ')}]`;
      const launch = kernel(`gates of ${inputs},${units},${width}${bias ? ', bias' : ''}`, () => ({
        source: `function (w${bias ? ', bias' : ''}) {
          if (this.thread.y < ${inputs}) {
            var i = this.thread.y * ${width} + this.thread.x;
            return ${texelOf('w', 'i')};
          }
          return ${bias ? texelOf('bias', 'this.thread.x') : '[0, 0, 0, 0]'};
        }`,
        types: bias ? ['texture', 'texture'] : ['texture'],
        channels: 4,
      }));
      return launch([units, inputs + 1], w, ...(bias ? [bias] : []));
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
      const split = rest ? `, split at ${rest.split}` : '';
      const launch = kernel(`from gates of ${inputs},${units},${width}${split}`, () => ({
        source: `function (${names.map(argument).join(', ')}, first) {
          var i = ${FLAT};
          var k = quotient(i, ${width});
          var column = i - k * ${width};
          var gate = quotient(column, ${units});
          var j = column - gate * ${units};
          ${rest ? `if (gate >= ${rest.split}) { return lane(${texel('rest', 'j', 'first + k')}, gate - ${rest.split}); }` : ''}
          return lane(${texel('gates', 'j', 'first + k')}, gate);
        }`,
        types: [...names.map(() => 'texture4' as const), 'number'],
        native: [LANE, ...names.map((name) => reader(name, webgl2))],
      }));
      return launch(outputOf([inputs, width]), gates, ...(rest ? [rest.gates] : []), first);
    },

    /** How many steps each row has: `lengths`, or all; none for the rows past the batch. */
    lengths(lengths: Storage | undefined, time: number, batch: number): Storage {
      const launch = kernel(`lengths of ${batch}${lengths ? '' : ', all'}`, () => ({
        source: `function (${lengths ? 'lengths' : 'time'}) {
          var b = 4 * this.thread.y;
          ${eachRow(`var v$ = 0.0; if (b + $ < ${batch}) { v$ = ${lengths ? 'lengths[b + $]' : 'time'}; }`)}
          return [${ofRows('v$')}];
        }`,
        types: [lengths ? 'texture' : 'number'],
        channels: 4,
      }));
      return launch([1, tall(quads(batch))], lengths ?? time);
    },
  };
}
