import type { RecurrentSpec } from '@recurra/core/backend';
import type { Texture } from '../gpu.js';
import type { Storage } from '../kernels.js';
import type { Context } from '../memory.js';
import {
  type BackwardPhase,
  type Block,
  type Cell,
  type Moment,
  type Phase,
  recurrentWeights,
} from './cell.js';
import type { Copy } from './copy.js';
import { phaseKernel } from './phase.js';
import { type Product, product } from './product.js';
import { columnsOf, quads, tall } from './texels.js';

/**
 * One forward or backward pass over a sequence: its arrays, by their names in {@link Cell}, and the launches
 * that compute them. An array has a block of rows for each step; states have one block more.
 */
export class Scan {
  readonly #context: Context;
  readonly #copy: Copy;
  readonly #spec: RecurrentSpec;
  readonly #cell: Cell;
  readonly #named = new Map<string, Storage>();
  readonly #borrowed = new Set<Storage>();
  readonly #product: Product;
  /** Q, the height of a block in texels. */
  readonly height: number;

  constructor(context: Context, copy: Copy, spec: RecurrentSpec, cell: Cell) {
    this.#context = context;
    this.#copy = copy;
    this.#spec = spec;
    this.#cell = cell;
    this.#product = product(context, copy);
    this.height = quads(spec.batch);
  }

  /** The indices of the steps, in the order of the forward pass. */
  get steps(): number[] {
    const steps = Array.from({ length: this.#spec.time }, (_, step) => step);
    return this.#spec.reverse ? steps.reverse() : steps;
  }

  /** The first row of the block of step t for a moment. */
  rowOf(at: Moment, t: number): number {
    const { reverse } = this.#spec;
    if (at === 'now') return 0;
    if (at === 'here') return t * this.height;
    return (at === 'before' ? t + Number(reverse) : t + Number(!reverse)) * this.height;
  }

  get(name: string): Storage {
    const array = this.#named.get(name);
    if (!array) throw new TypeError(`there is no array ${name}`);
    return array;
  }

  /** Adds an array that {@link release} frees. */
  set(name: string, array: Storage): void {
    this.#named.set(name, array);
  }

  /** Adds an array that {@link release} does not free. */
  borrow(name: string, array: Storage): void {
    this.#borrowed.add(array);
    this.set(name, array);
  }

  /** Returns an array that {@link release} does not free. */
  keep(name: string): Storage {
    const array = this.get(name);
    this.#borrowed.add(array);
    return array;
  }

  release(): void {
    for (const array of this.#named.values()) if (!this.#borrowed.has(array)) this.#context.drop(array);
  }

  /** Adds an array of zeros, [blocks · Q, H] texels: a block for each step, one block more for states, or a single block. */
  blank(name: string, at: Moment): void {
    const { time, units } = this.#spec;
    const blocks = at === 'now' ? 1 : at === 'here' ? time : time + 1;
    this.set(name, this.#context.blank(units, tall(blocks * this.height)));
  }

  /** Copies `block` into an array, from row `row` and unit `unit` on, and frees it. */
  write(name: string, block: Storage, row: number, unit = 0): void {
    this.#place(block, name, row, unit, this.height);
  }

  /** A result in place of an array of one block, which needs no copy. */
  #replace(name: string, result: Storage): void {
    this.#context.drop(this.get(name));
    this.set(name, result);
  }

  /** Copies the columns of a result that are units, and frees it. */
  #place(result: Storage, name: string, row: number, unit: number, height: number): void {
    const width = Math.min((result as Texture).output[0], this.#spec.units - unit);
    if (width > 0) this.#copy(result, this.get(name), unit, row, width, height);
    this.#context.drop(result);
  }

  /** x·W + b of all steps: an array for each gate. */
  project(): void {
    const { time, units, inputSize } = this.#spec;
    const columns = columnsOf(this.#cell.gates, units);
    const rows = time * this.height;
    const results = this.#product.forward(this.get('x'), this.get('w'), { inner: inputSize, rows, columns });
    for (const [component, result] of results.entries()) {
      if (columns.blocks === 1) {
        this.set(`x${component}`, result);
        continue;
      }
      const gate = Math.floor(component / columns.blocks);
      const unit = (component % columns.blocks) * columns.stride;
      if (unit === 0) this.blank(`x${gate}`, 'here');
      this.#place(result, `x${gate}`, 0, unit, rows);
    }
  }

  /** Runs one step: the phases of {@link Cell.forward} or {@link Cell.backward}. */
  stepper(phases: readonly (Phase | BackwardPhase)[], pass: string, isRead: (name: string) => boolean) {
    const steps = phases.map((phase, i) =>
      'gates' in phase
        ? this.#backwardPhase(phase)
        : this.#phase(phase, `${this.#cell.name} ${pass} ${i}`, isRead),
    );
    return (t: number) => {
      for (const step of steps) step(t);
    };
  }

  #phase(phase: Phase, key: string, isRead: (name: string) => boolean): (t: number) => void {
    const { units } = this.#spec;
    const kernel = phaseKernel(phase, units, isRead, this.#context.device.mode === 'webgl2');
    const names = new Set(kernel.writes.map(({ name }) => name));
    const launch = this.#context.several(`${key}, up to ${kernel.bound}, ${[...names]}`, kernel.source);
    for (const name of names) if (!this.#named.has(name)) this.blank(name, phase.writes[name].at);
    const output = [kernel.stride, tall(this.height)] as const;
    return (t) => {
      const reads = kernel.reads.map((name) => this.get(name));
      const step = [t, this.rowOf('here', t), this.rowOf('before', t), this.rowOf('after', t)];
      launch(output, ...reads, step, units, kernel.stride).forEach((result, i) => {
        const { name, block } = kernel.writes[i];
        const { at } = phase.writes[name];
        if (at === 'now' && kernel.stride === units) this.#replace(name, result);
        else this.write(name, result, this.rowOf(at, t), block * kernel.stride);
      });
    };
  }

  #backwardPhase({ gates, gradients, plus, writes }: BackwardPhase): (t: number) => void {
    const { units } = this.#spec;
    if (!this.#named.has(writes)) this.blank(writes, 'now');
    const rows = this.height;
    const shape = { units, inputs: units, gates: gates.length, rows, plus: plus !== undefined };
    const run = this.#product.backward(shape);
    const [u, reads] = [this.get(recurrentWeights(gates)), gradients.map((name) => this.get(name))];
    return (t) => {
      const to = this.get(writes);
      const result = run(reads, this.rowOf('here', t), u, to, plus ? this.get(plus) : undefined);
      if (result !== to) this.#replace(writes, result);
    };
  }

  /** The gradient of x: the gradients of the gates of all steps times Wᵀ. */
  inputGradient(): Storage {
    const { inputSize, time, units } = this.#spec;
    const { inputGradients, gates } = this.#cell;
    const rows = time * this.height;
    const dx = this.#context.blank(inputSize, tall(rows));
    this.set('dx', dx);
    const run = this.#product.backward({ units, inputs: inputSize, gates, rows, plus: false });
    const gradients = inputGradients.map((name) => this.get(name));
    const result = run(gradients, 0, this.get('w'), dx);
    if (result !== dx) this.#replace('dx', result);
    return result;
  }

  /** The gradient of weights from the array that they multiplied. */
  weightGradient({ of, at }: Block, gradients: readonly string[], inputs: number): Storage {
    const { time, units } = this.#spec;
    const rows = time * this.height;
    const gradient = this.#product.weightGradient(
      this.#transposed(of, inputs, this.rowOf(at, 0)),
      gradients.map((name) => this.#transposed(name, units)),
      { units, inputs, rows },
    );
    this.set(`d ${of}`, gradient);
    return gradient;
  }

  /** The gradient of the bias of gates, as a tensor. The caller owns it. */
  biasGradient(gradients: readonly string[]): Storage {
    const { time, units } = this.#spec;
    const transposed = gradients.map((name) => this.#transposed(name, units));
    return this.#product.biasGradient(transposed, units, time * this.height);
  }

  #transposed(name: string, features: number, first = 0): Storage {
    const transposed = `${name} transposed`;
    const shape = { features, first, rows: this.#spec.time * this.height };
    if (!this.#named.has(transposed)) this.set(transposed, this.#product.transpose(this.get(name), shape));
    return this.get(transposed);
  }
}

/** The shape of the tensor that an array is saved as. */
export const shapeOf = (array: Storage): number[] => [...(array as Texture).output, 4];
