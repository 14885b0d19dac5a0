/* Kernels of two forms, with one fault each. */
import { type Backend, OptionError } from '@recurra/core';
import { isRecord, type KernelForms, type RecurrentSpec, recurrentSequence } from '@recurra/core/backend';
import { ulp } from '../tolerance.js';
import { baselineKernels, type Composition, recurrentKernel } from './baseline-kernels.js';
import { type Mutant, mutant } from './mutant.js';

type Form = 'plain' | 'scaled';

/** The choices of a backend: all of them, and the keys of those that `use` has made. */
interface Choices {
  readonly chosen: Map<string, Form>;
  readonly made: Set<string>;
}

/** What a mutant changes. */
interface Change {
  /** The form in which a request runs. @param form the one that is reported */
  readonly runs?: (form: Form, key: string, choices: Choices) => Form;
  /** The input in the form `scaled`, as a multiple. */
  readonly factor?: (right: number, spec: RecurrentSpec) => number;
  readonly prepare?: (key: string, choices: Choices) => void;
  readonly forms?: (right: KernelForms, choices: Choices) => Partial<KernelForms>;
}

const FORMS: readonly Form[] = ['plain', 'scaled'];
const keyOf = ({ cell, units }: RecurrentSpec) => `recurrent ${cell} forward: ${units} units`;

/** The correct kernels, the recurrent one in two forms that round differently, with a change. */
export function twoForms(right: Backend, change: Change = {}): Pick<Backend, 'fused' | 'forms' | 'lacks'> {
  const choices: Choices = { chosen: new Map(), made: new Set() };
  const { chosen, made } = choices;
  const formOf = (spec: RecurrentSpec) => chosen.get(keyOf(spec)) ?? 'plain';
  const scaled: Composition = (tape, spec, inputs) => {
    const exact = 1 + 4 * ulp(right.precision);
    const x = tape.affine(inputs.x, change.factor?.(exact, spec) ?? exact, 0);
    const { y, state } = recurrentSequence(tape, spec, { ...inputs, x }, { ...spec, sequence: true });
    return { y: y as NonNullable<typeof y>, state };
  };
  const kernel = recurrentKernel(right, {
    forward(tape, spec, inputs, plain) {
      const form = formOf(spec);
      chosen.set(keyOf(spec), form);
      const runs = change.runs?.(form, keyOf(spec), choices) ?? form;
      return (runs === 'plain' ? plain : scaled)(tape, spec, inputs);
    },
  });
  const forms: KernelForms = {
    choices: () => Object.fromEntries(chosen),
    use(wanted) {
      if (!isRecord(wanted)) throw new OptionError('forms: expected an object');
      for (const [key, form] of Object.entries(wanted)) {
        if (!/^recurrent (rnn|lstm|gru) forward: \d+ units$/.test(key) || !FORMS.includes(form as Form))
          throw new OptionError(`forms: ${key}: expected plain or scaled`);
      }
      for (const [key, form] of Object.entries(wanted)) {
        chosen.set(key, form as Form);
        made.add(key);
      }
    },
  };
  return {
    lacks: {},
    forms: { ...forms, ...change.forms?.(forms, choices) },
    fused: {
      ...baselineKernels(right),
      recurrent: {
        ...kernel,
        prepare: async (spec) => change.prepare?.(keyOf(spec), choices),
        formsOf: (spec) => [{ pass: 'forward', key: keyOf(spec), candidates: FORMS, form: formOf(spec) }],
      },
    },
  };
}

const ofForms = (name: string, what: string, change: Change): Mutant =>
  mutant(`forms: ${name}`, what, 'forms: ', (right) => twoForms(right, change));

export const formChoices: Mutant[] = [
  ofForms('no choice is made', 'use checks the choices and makes none', {
    forms: () => ({ use: () => {} }),
  }),
  ofForms('a wrong edge', 'a form is wrong where the units do not fill its vectors', {
    factor: (right, { units }) => (units % 4 === 0 ? right : 0.9 * right),
  }),
  ofForms('another is reported', 'a request without a choice runs in a form that is not reported', {
    runs: (form, key, { made }) => (made.has(key) ? form : 'scaled'),
  }),
  ofForms('changed when prepared', 'prepare changes the form of requests that have run', {
    prepare: (key, { chosen }) => void chosen.set(key, 'scaled'),
  }),
  ofForms('requests that ran', 'the choices have no form of a request that ran without one', {
    forms: (_, { chosen, made }) => ({
      choices: () => Object.fromEntries([...chosen].filter(([key]) => made.has(key))),
    }),
  }),
  ofForms('half of the choices', 'use makes choices before it has checked the others', {
    forms: ({ use }) => ({
      use: (choices) => {
        if (!isRecord(choices)) use(choices);
        for (const [key, form] of Object.entries(choices)) use({ [key]: form });
      },
    }),
  }),
  ofForms('any form', 'use takes any text as a form', {
    forms: ({ use }, { chosen }) => ({
      use(choices) {
        const known = isRecord(choices) ? Object.entries(choices) : [];
        use(isRecord(choices) ? Object.fromEntries(known.map(([key]) => [key, 'plain'])) : choices);
        for (const [key, form] of known) chosen.set(key, form as Form);
      },
    }),
  }),
  ofForms('for one request', 'a choice holds for one request, so that a resumed training does not keep it', {
    runs(form, key, { chosen, made }) {
      if (made.delete(key)) chosen.set(key, 'plain');
      return form;
    },
  }),
];
