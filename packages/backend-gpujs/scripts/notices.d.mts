export function noticesOf(modules: readonly string[]): string;
