import type { RecurrentSpec } from '@recurra/core/backend';
import type { Texture } from '../gpu.js';
import type { Storage } from '../kernels.js';
import type { Arrays } from '../textures.js';
import type { Copy } from './atlas.js';
import type { Cell, Moment, Phase, PhaseBack, Place } from './cells.js';
import { phaseKernel } from './phase.js';
import { type Sequence, sequence } from './sequence.js';
import { padded, quads, tall } from './texels.js';

/**
 * One walk over a sequence, forward or back: the arrays by the names that {@link Cell} gives them, and the launches that
 * make them of each other. States have one block of rows more than there are steps.
 */
export class Walk {
  readonly #arrays: Arrays;
  readonly #copy: Copy;
  readonly #spec: RecurrentSpec;
  readonly #cell: Cell;
  readonly #named = new Map<string, Storage>();
  readonly #lent = new Set<Storage>();
  readonly #sequence: Sequence;
  /** Q, the height of a block. */
  readonly high: number;

  constructor(arrays: Arrays, copy: Copy, spec: RecurrentSpec, cell: Cell) {
    this.#arrays = arrays;
    this.#copy = copy;
    this.#spec = spec;
    this.#cell = cell;
    this.#sequence = sequence(arrays, copy);
    this.high = quads(spec.batch);
  }

  /** The steps in the order in which the cell sees them. */
  get steps(): number[] {
    const steps = Array.from({ length: this.#spec.time }, (_, step) => step);
    return this.#spec.reverse ? steps.reverse() : steps;
  }

  /** The first row of a moment of step t. */
  rowOf(at: Moment, t: number): number {
    const { reverse } = this.#spec;
    if (at === 'now') return 0;
    if (at === 'here') return t * this.high;
    return (at === 'before' ? t + Number(reverse) : t + Number(!reverse)) * this.high;
  }

  get(name: string): Storage {
    const array = this.#named.get(name);
    if (!array) throw new TypeError(`nothing wrote ${name}`);
    return array;
  }

  /** An array of the walk's own, which {@link end} gives back. */
  set(name: string, array: Storage): void {
    this.#named.set(name, array);
  }

  /** Somebody else's array. */
  lend(name: string, array: Storage): void {
    this.#lent.add(array);
    this.set(name, array);
  }

  /** An array that outlives the walk. */
  keep(name: string): Storage {
    const array = this.get(name);
    this.#lent.add(array);
    return array;
  }

  end(): void {
    for (const array of this.#named.values()) if (!this.#lent.has(array)) this.#arrays.drop(array);
  }

  /** A new array of zeros with a row of units for each step, or a block more, or for one step. */
  blank(name: string, at: Moment): void {
    const { time, units } = this.#spec;
    const blocks = at === 'now' ? 1 : at === 'here' ? time : time + 1;
    this.set(name, this.#arrays.blank(units, padded(blocks * this.high)));
  }

  /** One block, from its first row on; `block` is given back. */
  write(name: string, block: Storage, row: number): void {
    this.#copy(block, this.get(name), 0, row, this.#spec.units, this.high);
    this.#arrays.drop(block);
  }

  /** x·W + b of all steps, gate by gate. */
  project(): void {
    const { time, units, inputSize } = this.#spec;
    const { gates } = this.#cell;
    const shape = { inner: inputSize, units, gates, rows: time * this.high };
    this.#sequence.product(this.get('x'), this.get('w'), shape).forEach((result, gate) => {
      this.set(`x${gate}`, result);
    });
  }

  /** The launches of one step, given the phases of {@link Cell.forward} or {@link Cell.backward}. */
  stepper(phases: readonly (Phase | PhaseBack)[], way: string, wanted: (name: string) => boolean) {
    const steps = phases.map((phase, i) =>
      'gates' in phase
        ? this.#backPhase(phase)
        : this.#phase(phase, `${this.#cell.name} ${way} ${i}`, wanted),
    );
    return (t: number) => {
      for (const step of steps) step(t);
    };
  }

  #phase(phase: Phase, key: string, wanted: (name: string) => boolean): (t: number) => void {
    const { units } = this.#spec;
    const kernel = phaseKernel(phase, units, wanted, this.#arrays.device.mode === 'webgl2');
    const launch = this.#arrays.several(`${key}, ${units}, ${kernel.writes}`, kernel.source);
    for (const name of kernel.writes) if (!this.#named.has(name)) this.blank(name, phase.writes[name].at);
    const reads = kernel.reads.map((name) => this.get(name));
    const output = [units, tall(this.high)] as const;
    return (t) => {
      const step = [t, this.rowOf('here', t), this.rowOf('before', t), this.rowOf('after', t)];
      launch(output, ...reads, step).forEach((result, i) => {
        const name = kernel.writes[i];
        this.write(name, result, this.rowOf(phase.writes[name].at, t));
      });
    };
  }

  #backPhase({ gates, gradients, plus, writes }: PhaseBack): (t: number) => void {
    const { units } = this.#spec;
    if (!this.#named.has(writes)) this.blank(writes, 'now');
    const shape = { units, inputs: units, gates, rows: this.high, plus: plus !== undefined };
    const run = this.#sequence.productBack(shape);
    const [u, to, more] = [this.get('u'), this.get(writes), plus && this.get(plus)];
    const reads = gradients.map((name) => this.get(name));
    return (t) => run(reads, this.rowOf('here', t), u, to, more || undefined);
  }

  /** The gradients of the gates of all steps times Wᵀ: the gradient of x. */
  inputGradient(): Storage {
    const { inputSize, time, units } = this.#spec;
    const { inputGradients, gates } = this.#cell;
    const rows = time * this.high;
    const dx = this.#arrays.blank(inputSize, tall(rows));
    this.set('dx', dx);
    const all = Array.from({ length: gates }, (_, gate) => gate);
    const run = this.#sequence.productBack({ units, inputs: inputSize, gates: all, rows, plus: false });
    run(
      inputGradients.map((name) => this.get(name)),
      0,
      this.get('w'),
      dx,
    );
    return dx;
  }

  /** The gradient of weights and, in the row below, of their bias, from what they were multiplied with. */
  weightGradient({ of, at }: Place, gradients: readonly string[], inputs: number): Storage {
    const { time, units } = this.#spec;
    const found = this.#sequence.weightGradient(
      this.get(of),
      gradients.map((name) => this.get(name)),
      { units, inputs, rows: time * this.high },
      this.rowOf(at, 0),
    );
    this.set(`d ${of}`, found);
    return found;
  }
}

/** What the memory of an array is counted as. */
export const shapeOf = (array: Storage): number[] => [...(array as Texture).output, 4];
