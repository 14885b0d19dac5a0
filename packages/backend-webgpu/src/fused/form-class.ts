/* Classes of requests, which share the choice of a form: requests of nearly the same size share pipelines too. */
import type { PassForms, RecurrentSpec } from '@recurra/core/backend';

export type Pass = PassForms['pass'];

/** The part of a request that its forms depend on. */
export type FormRequest = Pick<
  RecurrentSpec,
  'cell' | 'resetAfter' | 'activation' | 'time' | 'batch' | 'units' | 'lengths'
>;

/** Sequences longer than this take a dispatch per step: one dispatch could take seconds, and the driver may abort it. */
export const MAX_STEPS = 1024;
const BATCHES = [1, 4, 8, 16, 32, 64, 256];

/** The key of a class: `recurrent lstm forward: units to 64 by 4, batch to 16, time to 1024`. */
export function keyOf(request: FormRequest, pass: Pass): string {
  const { cell, resetAfter } = request;
  const { units, batch, time } = typicalOf(request);
  const vector = units % 4 === 0 ? 4 : 1;
  const kind = cell === 'gru' && !resetAfter ? 'gru-reset-before' : cell;
  const most = Math.ceil(units / 32) * 32;
  const rows = batch > 256 ? 'over 256' : `to ${batch}`;
  const steps = time > MAX_STEPS ? `over ${MAX_STEPS}` : `to ${MAX_STEPS}`;
  return `recurrent ${kind} ${pass}: units to ${most} by ${vector}, batch ${rows}, time ${steps}`;
}

/** The request that stands for the class of `request`: the largest, or the smallest where sizes have no end. */
export function typicalOf<Request extends FormRequest>(request: Request): Request {
  const { units, batch, time } = request;
  const most = Math.ceil(units / 32) * 32;
  return {
    ...request,
    units: units % 4 === 0 ? most : most - 1,
    batch: BATCHES.find((rows) => batch <= rows) ?? 257,
    time: time > MAX_STEPS ? MAX_STEPS + 1 : MAX_STEPS,
  };
}

const KEY =
  /^recurrent (rnn|lstm|gru|gru-reset-before) (forward|backward): units to ([1-9]\d{0,5}) by ([14]), batch (?:to|over) (\d{1,3}), time (to|over) 1024$/;

/** The request that stands for the class with this key; undefined if there is no such class. */
export function requestOf(key: string): FormRequest | undefined {
  const [, kind, pass, units, vector, batch, time] = KEY.exec(key) ?? [];
  if (kind === undefined) return undefined;
  const request = typicalOf({
    cell: kind === 'gru-reset-before' ? 'gru' : (kind as FormRequest['cell']),
    resetAfter: kind !== 'gru-reset-before',
    activation: 'tanh',
    units: vector === '4' ? Number(units) : Number(units) - 1,
    batch: key.includes('batch over') ? 257 : Number(batch),
    time: time === 'to' ? 1 : MAX_STEPS + 1,
    lengths: false,
  });
  return keyOf(request, pass as Pass) === key ? request : undefined;
}
