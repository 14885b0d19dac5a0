/* Finds a Python with PyTorch, for example Debian's (`apt-get install python3-torch`). */
import { spawnSync } from 'node:child_process';

const candidates = ['python3', '/usr/bin/python3'];

/** A python3 that has torch with distributed training; undefined if there is none. */
export const python = candidates.find(
  (command) =>
    spawnSync(command, ['-c', 'import torch; assert torch.distributed.is_available()']).status === 0,
);

export const missing = 'PyTorch is not installed: apt-get install python3-torch';

/** Runs a command to its end. @throws Error with the command's output if it fails */
export function run(args: readonly string[], cwd: string): string {
  const env = { ...process.env, OMP_NUM_THREADS: '1' };
  const { status, stdout, stderr, error } = spawnSync(python as string, args, { cwd, env, timeout: 240_000 });
  if (status !== 0) throw new Error(`python3 ${args.join(' ')}: ${error ?? ''}\n${stdout}${stderr}`);
  return stdout.toString();
}
