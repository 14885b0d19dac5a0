/* Golden vectors of the loss ctc as goldens/README.md describes them: parsed, and every field checked. */
import type { Fields } from './golden-fields.js';
import type { Values } from './numbers.js';

export interface CtcGolden {
  readonly type: 'ctc';
  readonly name: string;
  readonly timeSteps: number;
  readonly batch: number;
  readonly classes: number;
  readonly blank: number;
  /** The labels of each row. */
  readonly targets: readonly (readonly number[])[];
  /** The valid frames of each row. */
  readonly inputLengths: readonly number[];
  /** [T, B, C], before the softmax. */
  readonly logits: Values;
  /** Null for a row whose labels cannot be aligned. */
  readonly losses: readonly (number | null)[];
  readonly dLosses: readonly number[];
  readonly dLogits: Values;
}

export function ctcGolden(fields: Fields): CtcGolden {
  fields.optional('source', () => fields.string('source'));
  const name = fields.string('name');
  const [timeSteps, batch, classes] = ['timeSteps', 'batch', 'classes'].map((count) =>
    fields.count(count, 1),
  );
  const blank = fields.count('blank', 0);
  if (blank >= classes) fields.fail('blank', `a class, less than ${classes}`);
  const inputLengths = fields.wholeNumbers('inputLengths', batch, timeSteps);
  const targets = labelsOf(fields, batch, classes, blank);
  const targetLengths = targets.map((labels) => labels.length);
  fields.list('targetLengths', targetLengths);
  const shape = [timeSteps, batch, classes];
  return {
    type: 'ctc',
    ...{ name, timeSteps, batch, classes, blank, targets, inputLengths },
    logits: fields.tensor('logits', shape),
    losses: lossesOf(fields, targets, inputLengths),
    dLosses: fields.numbers('dLosses', batch),
    dLogits: fields.tensor('dLogits', shape),
  };
}

/** The least number of frames that labels can be aligned with: one for each, and a blank between equal ones. */
export function framesOf(labels: readonly number[]): number {
  return labels.length + labels.filter((label, i) => label === labels[i - 1]).length;
}

function labelsOf(fields: Fields, batch: number, classes: number, blank: number): readonly number[][] {
  const value = fields.any('targets');
  const isLabel = (label: unknown) =>
    Number.isSafeInteger(label) && (label as number) >= 0 && (label as number) < classes && label !== blank;
  const isRow = (row: unknown) => Array.isArray(row) && row.every(isLabel);
  const right = Array.isArray(value) && value.length === batch && value.every(isRow);
  const expected = `${batch} lists of classes from 0 to ${classes - 1}, without the blank`;
  return right ? value : fields.fail('targets', expected);
}

function lossesOf(
  fields: Fields,
  targets: readonly (readonly number[])[],
  lengths: readonly number[],
): readonly (number | null)[] {
  const value = fields.any('losses');
  const isLoss = (loss: unknown, row: number) =>
    framesOf(targets[row]) <= lengths[row] ? Number.isFinite(loss) : loss === null;
  const right = Array.isArray(value) && value.length === targets.length && value.every(isLoss);
  return right
    ? value
    : fields.fail('losses', 'a number for each row, and null if its labels cannot be aligned');
}
