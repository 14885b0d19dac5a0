import { webgpu } from '../src/index.js';

/** Why there is no adapter here, software or not; a machine that tests every change must have one. */
export const missing: string | undefined = process.env.CI ? undefined : await reasonForNone();

async function reasonForNone(): Promise<string | undefined> {
  try {
    (await webgpu({ allowSoftware: true })).dispose();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

export const open = () => webgpu({ allowSoftware: true });

/** The title of what is skipped where there is no adapter, and why. */
export const titled = (title: string) => (missing === undefined ? title : `${title} (skipped: ${missing})`);
