import { OptionError } from '@recurra/core';
import { isRecord, type KernelForms, type PassForms, type RecurrentSpec, show } from '@recurra/core/backend';
import type { Context } from '../memory.js';
import { cellOf } from './cells.js';
import { type FormRequest, keyOf, type Pass, requestOf, typicalOf } from './form-class.js';
import { candidateForms, type NamedForm } from './scan-form.js';

/** The forms of the scan that were chosen, for each class of requests. */
export class FormChoice implements KernelForms {
  readonly #context: Pick<Context, 'software' | 'limits'>;
  /** The names of forms by key. Each is one of the candidates of its class. */
  readonly #chosen = new Map<string, string>();

  constructor(context: Pick<Context, 'software' | 'limits'>) {
    this.#context = context;
  }

  choices(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#chosen);
  }

  /** True if there is a choice for the key. */
  has(key: string): boolean {
    return this.#chosen.has(key);
  }

  use(choices: Readonly<Record<string, string>>): void {
    const entries = checkChoices(choices, (request) => this.#names(request));
    for (const [key, name] of entries) this.#chosen.set(key, name);
  }

  formsOf(spec: RecurrentSpec): readonly PassForms[] {
    const candidates = this.#names(spec);
    const [byRule] = candidates;
    const passes: Pass[] = spec.training ? ['forward', 'backward'] : ['forward'];
    return passes.map((pass) => {
      const key = keyOf(spec, pass);
      return { pass, key, candidates, form: this.#chosen.get(key) ?? byRule };
    });
  }

  /** The form in which a pass runs now. If there is no choice yet, the rule's form becomes the choice. */
  formFor(spec: RecurrentSpec, pass: Pass): NamedForm {
    const key = keyOf(spec, pass);
    const forms = this.candidates(spec);
    const name = this.#chosen.get(key) ?? forms[0].name;
    this.#chosen.set(key, name);
    return forms.find((form) => form.name === name) as NamedForm;
  }

  /** The forms of a request. They have the names of its class. */
  candidates(spec: FormRequest): readonly NamedForm[] {
    return candidateForms(this.#context, typicalOf(spec), cellOf(spec));
  }

  #names(spec: FormRequest): string[] {
    return this.candidates(spec).map(({ name }) => name);
  }
}

/** @throws OptionError unless each key is that of a class, and each form one of its candidates */
function checkChoices(
  choices: unknown,
  namesOf: (request: FormRequest) => readonly string[],
): readonly (readonly [key: string, name: string])[] {
  if (!isRecord(choices))
    throw new OptionError(`forms: expected an object, a form for each key, not ${show(choices)}`);
  return Object.entries(choices).map(([key, name]) => {
    const request = requestOf(key);
    if (!request) {
      throw new OptionError(
        `forms: unknown key ${show(key)}; expected one as in "recurrent lstm forward: units to 64 by 4, batch to 16, time to 1024"`,
      );
    }
    const names = namesOf(request);
    if (typeof name !== 'string' || !names.includes(name))
      throw new OptionError(`forms: ${key} must be ${names.join(' or ')}, not ${show(name)}`);
    return [key, name];
  });
}
