import type { Storage } from '../kernels.js';
import { FLAT } from '../strides.js';
import type { Arrays } from '../textures.js';
import { argument, LANE, quads, reader, tall, texel } from './texels.js';

/*
 * Tensors into the layouts of the fused kernels, and back. Each is one launch, and its kernel is made for one size.
 */

/** [steps, batch, features]; a tensor [batch, features] is one step. */
export interface RowsShape {
  readonly steps: number;
  readonly batch: number;
  readonly features: number;
}

export interface GatesShape {
  /** K */
  readonly inputs: number;
  readonly units: number;
  readonly gates: number;
}

export type Pack = ReturnType<typeof packer>;

export function packer(arrays: Arrays) {
  const { kernel, outputOf } = arrays;
  const webgl2 = arrays.device.mode === 'webgl2';

  return {
    rows(x: Storage, { steps, batch, features }: RowsShape): Storage {
      const launch = kernel(`rows of ${steps},${batch},${features}`, () => ({
        source: `function (x) {
          var step = quotient(this.thread.y, this.constants.quads);
          var b = 4 * (this.thread.y - step * this.constants.quads);
          var i = (step * this.constants.batch + b) * this.constants.features + this.thread.x;
          var v = [0.0, 0.0, 0.0, 0.0];
          if (b < this.constants.batch) { v[0] = x[i]; }
          if (b + 1 < this.constants.batch) { v[1] = x[i + this.constants.features]; }
          if (b + 2 < this.constants.batch) { v[2] = x[i + 2 * this.constants.features]; }
          if (b + 3 < this.constants.batch) { v[3] = x[i + 3 * this.constants.features]; }
          return v;
        }`,
        types: ['texture'],
        channels: 4,
        constants: { batch, features, quads: quads(batch) },
      }));
      return launch([features, tall(steps * quads(batch))], x);
    },

    /** Rows of texels from `first` on as a tensor; zeros past `lengths`. */
    fromRows(x: Storage, { steps, batch, features }: RowsShape, first: number, lengths?: Storage): Storage {
      const names = ['x', ...(lengths ? ['lengths'] : [])];
      const masked = lengths ? ', masked' : '';
      const launch = kernel(`from rows of ${steps},${batch},${features}${masked}`, () => ({
        source: `function (${names.map(argument).join(', ')}, first) {
          var i = ${FLAT};
          var row = quotient(i, this.constants.features);
          var step = quotient(row, this.constants.batch);
          var b = row - step * this.constants.batch;
          var q = quotient(b, 4);
          ${lengths ? `if (step >= lane(${texel('lengths', '0', 'q')}, b - 4 * q)) { return 0; }` : ''}
          return lane(${texel('x', 'i - row * this.constants.features', 'first + step * this.constants.quads + q')}, b - 4 * q);
        }`,
        types: [...names.map(() => 'texture4' as const), 'number'],
        constants: { batch, features, quads: quads(batch) },
        native: [LANE, ...names.map((name) => reader(name, webgl2))],
      }));
      const output = outputOf([steps, batch, features]);
      return lengths ? launch(output, x, lengths, first) : launch(output, x, first);
    },

    /** A kernel and its bias. */
    gates(w: Storage, bias: Storage | undefined, { inputs, units, gates }: GatesShape): Storage {
      const of = (array: string, i: string) =>
        `return [${[0, 1, 2, 3].map((gate) => (gate < gates ? `${array}[${i} + ${gate} * this.constants.units]` : '0')).join(', ')}];`;
      const launch = kernel(`gates of ${inputs},${gates},${units}${bias ? ', bias' : ''}`, () => ({
        source: `function (w${bias ? ', bias' : ''}) {
          if (this.thread.y < this.constants.inputs) {
            var i = this.thread.y * this.constants.width + this.thread.x;
            ${of('w', 'i')}
          }
          ${bias ? of('bias', 'this.thread.x') : 'return [0, 0, 0, 0];'}
        }`,
        types: bias ? ['texture', 'texture'] : ['texture'],
        channels: 4,
        constants: { inputs, units, width: gates * units },
      }));
      return bias ? launch([units, inputs + 1], w, bias) : launch([units, inputs + 1], w);
    },

    /**
     * A gradient in gates as a tensor of `rows` inputs from `first` on: the kernel, or the one row of the bias.
     * The gates lie in several arrays where they are gradients of several products: so many in each.
     */
    fromGates(
      parts: readonly Storage[],
      counts: readonly number[],
      { inputs: rows, units }: Omit<GatesShape, 'gates'>,
      first: number,
    ): Storage {
      const names = parts.map((_, i) => `part${i}`);
      const launch = kernel(`from gates of ${rows},${counts.join('+')},${units}`, () => ({
        source: `function (${names.map(argument).join(', ')}, first) {
          var i = ${FLAT};
          var k = quotient(i, this.constants.width);
          var column = i - k * this.constants.width;
          var gate = quotient(column, this.constants.units);
          var j = column - gate * this.constants.units;
          ${names.length > 1 ? `if (gate >= ${counts[0]}) { return lane(${texel('part1', 'j', 'first + k')}, gate - ${counts[0]}); }` : ''}
          return lane(${texel('part0', 'j', 'first + k')}, gate);
        }`,
        types: [...names.map(() => 'texture4' as const), 'number'],
        constants: { units, width: counts.reduce((sum, count) => sum + count, 0) * units },
        native: [LANE, ...names.map((name) => reader(name, webgl2))],
      }));
      return launch(outputOf([rows, counts.reduce((sum, count) => sum + count, 0) * units]), ...parts, first);
    },

    /** How many steps each row has: `lengths`, or all; none for the rows past the batch. */
    lengths(lengths: Storage | undefined, time: number, batch: number): Storage {
      const launch = kernel(`lengths of ${batch}${lengths ? '' : ', all'}`, () => ({
        source: `function (${lengths ? 'lengths, ' : ''}time) {
          var b = 4 * this.thread.y;
          var v = [0.0, 0.0, 0.0, 0.0];
          ${[0, 1, 2, 3]
            .map(
              (row) =>
                `if (b + ${row} < this.constants.batch) { v[${row}] = ${lengths ? `lengths[b + ${row}]` : 'time'}; }`,
            )
            .join('\n')}
          return v;
        }`,
        types: lengths ? ['texture', 'number'] : ['number'],
        channels: 4,
        constants: { batch },
      }));
      const output = [1, tall(quads(batch))] as const;
      return lengths ? launch(output, lengths, time) : launch(output, time);
    },
  };
}
