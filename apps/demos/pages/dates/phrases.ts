/* Random dates as people write them. */
import type { Random } from '@recurra/core';

const months = 'January February March April May June July August September October November December'.split(
  ' ',
);
const weekdays = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const small =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const tens: Readonly<Record<number, string>> = {
  2: 'twenty',
  3: 'thirty',
  4: 'forty',
  5: 'fifty',
  6: 'sixty',
  7: 'seventy',
  8: 'eighty',
  9: 'ninety',
};
const ordinals =
  'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth'.split(
    ' ',
  );

/** The years that dates are drawn from: a hundred, so that two digits identify one. */
export const YEARS = { from: 1950, to: 2049 } as const;

/** The forms of a date; `d` is at 0:00 UTC. */
export const forms: readonly ((d: Date) => string)[] = [
  (d) => `${dayOf(d)} ${monthOf(d)} ${yearOf(d)}`,
  (d) => `${monthOf(d)} ${dayOf(d)}, ${yearOf(d)}`,
  (d) => `${weekdayOf(d)}, ${dayOf(d)} ${monthOf(d)} ${yearOf(d)}`,
  (d) => `${weekdayOf(d)}, ${monthOf(d)} ${dayOf(d)}, ${yearOf(d)}`,
  (d) => `${dayOf(d)} ${monthOf(d).slice(0, 3)} ${yearOf(d)}`,
  (d) => `${monthOf(d).slice(0, 3)} ${dayOf(d)}, ’${lastTwo(d)}`,
  (d) => `the ${dayOf(d)}${suffixOf(dayOf(d))} of ${monthOf(d)} ${yearOf(d)}`,
  (d) => `${monthOf(d)} the ${dayOf(d)}${suffixOf(dayOf(d))}, ${yearOf(d)}`,
  (d) => `the ${ordinalOf(dayOf(d))} of ${monthOf(d)}, ${yearOf(d)}`,
  (d) => `${monthOf(d)} the ${ordinalOf(dayOf(d))}, ${yearInWords(yearOf(d))}`,
  (d) => `the ${ordinalOf(dayOf(d))} of ${monthOf(d)}, ${yearInWords(yearOf(d))}`,
  (d) => `${weekdayOf(d)} the ${ordinalOf(dayOf(d))} of ${monthOf(d)}, ${yearInWords(yearOf(d))}`,
];

export interface Phrase {
  readonly words: string;
  /** `1994-05-03` */
  readonly iso: string;
}

/**
 * `count` phrases, the form and the date of each drawn by `random`.
 * @param without the dates to leave out
 */
export function phrases(random: Random, count: number, without: ReadonlySet<string> = new Set()): Phrase[] {
  const first = Date.UTC(YEARS.from, 0, 1);
  const days = (Date.UTC(YEARS.to + 1, 0, 1) - first) / DAY;
  const drawn: Phrase[] = [];
  while (drawn.length < count) {
    const date = new Date(first + random.integer(days) * DAY);
    const iso = date.toISOString().slice(0, 10);
    const words = forms[random.integer(forms.length)](date);
    if (!without.has(iso)) drawn.push({ words, iso });
  }
  return drawn;
}

const DAY = 86_400_000;

function dayOf(date: Date): number {
  return date.getUTCDate();
}

function monthOf(date: Date): string {
  return months[date.getUTCMonth()];
}

function yearOf(date: Date): number {
  return date.getUTCFullYear();
}

function weekdayOf(date: Date): string {
  return weekdays[date.getUTCDay()];
}

function lastTwo(date: Date): string {
  return String(yearOf(date)).slice(2);
}

function suffixOf(day: number): string {
  if (day >= 11 && day <= 13) return 'th';
  return { 1: 'st', 2: 'nd', 3: 'rd' }[day % 10] ?? 'th';
}

function ordinalOf(day: number): string {
  if (day <= 20) return ordinals[day - 1];
  return day === 30 ? 'thirtieth' : `${tens[Math.floor(day / 10)]}-${ordinals[(day % 10) - 1]}`;
}

/** 1994: nineteen ninety-four; 2000: two thousand; 2007: two thousand and seven; 2024: twenty twenty-four. */
function yearInWords(year: number): string {
  const rest = year % 100;
  if (year < 2000 || year >= 2010) return `${inWords(Math.floor(year / 100))} ${inWords(rest)}`;
  return rest === 0 ? 'two thousand' : `two thousand and ${inWords(rest)}`;
}

/** Up to 99. */
function inWords(number: number): string {
  if (number < 20) return small[number];
  const one = number % 10;
  return one === 0 ? tens[number / 10] : `${tens[Math.floor(number / 10)]}-${small[one]}`;
}
