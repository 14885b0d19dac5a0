/* What the browser reveals about itself and the machine. */
import type { Machine } from '@recurra/bench/results';

const browsers: readonly (readonly [RegExp, string])[] = [
  [/ Edg\/(\S+)/, 'Edge'],
  [/ Firefox\/(\S+)/, 'Firefox'],
  [/ (?:Headless)?Chrome\/(\S+)/, 'Chromium'],
  [/ Version\/(\S+) .*Safari/, 'Safari'],
];

/** `Chromium 156.0.0.0` */
export function browserName(agent: string = navigator.userAgent): string {
  for (const [pattern, name] of browsers) {
    const version = pattern.exec(agent)?.[1];
    if (version) return `${name} ${version}`;
  }
  return agent;
}

export function machine(): Machine {
  return {
    cores: navigator.hardwareConcurrency,
    os: navigator.platform,
    browser: browserName(),
    date: new Date().toISOString(),
  };
}
