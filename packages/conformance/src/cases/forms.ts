/*
 * The forms of kernels: each computes the same as the reference, reports name the one that runs, and it stays until another one is
 * chosen. Backends without forms have nothing to prove here.
 */
import { type Backend, dense, gru, type Model, sequential } from '@recurra/core';
import type { KernelForms, PassForms } from '@recurra/core/backend';
import type { Check } from '../check.js';
import { type Differentiable, differentiate, sameBits, sameComputed } from '../finite-differences.js';
import { random } from '../numbers.js';
import { NotingTape, prepare, type Requests, requestsOf } from '../requests.js';
import type { Case } from '../suite.js';
import { exact } from '../tolerance.js';
import { plainProblem } from './recurrent/plain-cells.js';

const group = 'forms';

/** A case for backends with forms. */
const formsCase = (
  name: string,
  run: (check: Check, forms: KernelForms) => Promise<void>,
  needs?: Case['needs'],
): Case => ({
  ...{ group, name, ...(needs && { needs }) },
  async run(check) {
    const { forms } = check.backend;
    if (forms) await run(check, forms);
  },
});

/** The passes of requests that have several forms. */
function passesOf({ fused }: Backend, requests: Requests): PassForms[] {
  const kernels = fused as Readonly<Record<string, { formsOf?(spec: object): readonly PassForms[] }>>;
  return requests.flatMap(([name, spec]) => kernels[name].formsOf?.(spec) ?? []);
}

/** The choice of a form for each pass. */
const chosen = (passes: readonly PassForms[], choose: (pass: PassForms) => string) =>
  Object.fromEntries(passes.map((pass) => [pass.key, choose(pass)]));

/** The candidate number `i`; the count starts again after the last one. */
const candidate =
  (i: number) =>
  ({ candidates }: PassForms) =>
    candidates[i % candidates.length];

const ALL = { lengths: true, goBackwards: true, initialState: true, bias: true };
const NONE = { lengths: false, goBackwards: false, initialState: false, bias: false };

/** Past the edges of tiles, vectors and workgroups, with few rows and with more. */
const problemsOf = (cell: string): Differentiable[] => [
  plainProblem(cell, [4, 9, 3, 33], ALL, 0),
  plainProblem(cell, [3, 18, 2, 36], NONE, 0),
  plainProblem(cell, [4, 3, 2, 36], ALL, 0),
];

const CELLS = ['rnn', 'lstm', 'gru', 'gru, resetAfter: false'];

/**
 * Every candidate of every problem. A software GPU compiles slowly: there, each form runs once, and the cells share the forms.
 */
const everyForm = CELLS.map((cell, c) =>
  formsCase(`${cell}: every form equals the reference`, async (check, forms) => {
    const seen: string[] = [];
    const isDue = (name: string) => {
      if (check.backend.software !== true) return true;
      return !seen.includes(name) && (seen.push(name) - 1) % CELLS.length === c;
    };
    for (const problem of problemsOf(cell)) {
      const { requests, expected } = await requestsOf(check, problem);
      const passes = passesOf(check.backend, requests);
      const most = Math.max(...passes.map(({ candidates }) => candidates.length));
      for (let i = 0; i < most; i++) {
        const choices = chosen(passes, candidate(i));
        const title = Object.values(choices).join(', ');
        if (!isDue(title)) continue;
        forms.use(choices);
        const actual = await differentiate(check.tape(), problem);
        sameComputed(check, actual, expected, problem.depth, `${title}: `);
      }
      forms.use(chosen(passes, ({ form }) => form));
    }
  }),
);

const SOME = { lengths: true, goBackwards: false, initialState: false, bias: true };
const small = plainProblem('rnn', [3, 5, 2, 8], SOME, 0);

const choices = formsCase(
  'choices are text by key, and are checked before any is made',
  async (check, forms) => {
    const { requests } = await requestsOf(check, small);
    await differentiate(check.tape(), small);
    const before = passesOf(check.backend, requests);
    const keys = before.map(({ key }) => key);
    check.same('the number of passes with a key of their own', new Set(keys).size, before.length);
    const state = () => JSON.stringify(forms.choices());
    for (const [i, { key, candidates, form }] of before.entries()) {
      check.same(`${key}: that it is a choice once it has run`, forms.choices()[key], form);
      check.same(`${key}: the number of different candidates`, new Set(candidates).size, candidates.length);
      for (const name of candidates) {
        forms.use(JSON.parse(JSON.stringify({ ...forms.choices(), [key]: name })));
        check.same(`${key}: the choice after use`, forms.choices()[key], name);
        check.same(`${key}: the form after use`, passesOf(check.backend, requests)[i].form, name);
      }
      const now = state();
      const [first] = candidates;
      for (const wrong of [
        { [key]: `${first} ` },
        { [key]: 1 },
        { [key]: first, 'no such key': first },
        'all',
        null,
      ]) {
        await check.refuses(`use(${JSON.stringify(wrong)})`, () => forms.use(wrong as never), 'OptionError');
        check.same(`the choices after use(${JSON.stringify(wrong)})`, state(), now);
      }
      forms.use({ [key]: form });
    }
  },
);

const reported = formsCase(
  'the form that is reported runs, and stays when its requests are prepared',
  async (check, forms) => {
    const backend = await check.another();
    const sizes = { 'not prepared': [3, 5, 2, 8], prepared: [3, 1, 2, 8] } as const;
    for (const [what, size] of Object.entries(sizes)) {
      const problem = plainProblem('rnn', size, SOME, 0);
      const { requests } = await requestsOf(check, problem);
      if (what === 'prepared') await prepare(backend, requests);
      const passes = passesOf(backend, requests);
      const first = await differentiate(check.tape(backend), problem);
      await prepare(backend, requests);
      sameBits(check, `${what}, again`, await differentiate(check.tape(backend), problem), first);
      forms.use(chosen(passes, ({ form }) => form));
      const again = await differentiate(check.tape(), problem);
      sameBits(check, `${what}, in the form that was reported`, again, first);
    }
  },
  'determinism',
);

const resumed = formsCase(
  'a resumed training takes the forms of its checkpoint',
  async (check) => {
    const backend = await check.another();
    const forms = backend.forms as KernelForms;
    const model = sequential([gru({ units: 5 }), dense({ units: 1 })], { inputShape: [3, 2] });
    const samples = Array.from({ length: 4 }, (_, i) => {
      const { data } = random([6], i);
      return { x: [data.slice(0, 2), data.slice(2, 4), data.slice(4)], y: [Math.sin(i)] };
    });
    const options = { loss: 'meanSquaredError', optimizer: 'sgd', epochs: 4, batchSize: 2 } as const;
    const train = (resume?: Uint8Array) => {
      const network = check.use(model.on(backend, { seed: 1 }));
      return { network, run: network.fit(samples, { ...options, ...(resume && { resume }) }) };
    };
    const passes = passesOf(backend, await trainingRequests(check, model, [3, 2, 2]));
    const last = chosen(passes, ({ candidates }) => candidates[candidates.length - 1]);
    forms.use(last);
    const { run } = train();
    let checkpoint: Uint8Array | undefined;
    for await (const { step } of run) {
      if (step < 3) continue;
      checkpoint = await run.checkpoint();
      break;
    }
    const resumedIn = async (choices: Readonly<Record<string, string>>) => {
      forms.use(choices);
      const { network, run } = train(checkpoint);
      await run.done;
      return network.getWeights();
    };
    const expected = await resumedIn(last);
    const actual = await resumedIn(chosen(passes, candidate(0)));
    for (const [name, values] of Object.entries(expected))
      check.near(`${name}, resumed in other forms, `, actual[name], values, exact);
    for (const [key, name] of Object.entries(last))
      check.same(`${key}: the choice after resuming`, forms.choices()[key], name);
  },
  'determinism',
);

/** The requests of a training step. */
async function trainingRequests(check: Check, model: Model, shape: readonly number[]): Promise<Requests> {
  const reference = await check.reference();
  const network = check.use(model.on(reference));
  const tape = check.use(new NotingTape(reference, check.backend.fused));
  for (const parameter of network.parameters.values()) tape.watch(parameter);
  network.forward(tape, { value: tape.constant(random(shape, 0).data, shape) }, { training: true });
  return tape.requests;
}

export const forms: Case[] = [choices, ...everyForm, reported, resumed];
