// A set-up file of vitest, for tests on the software-emulated GPU.
import { oneThread } from '../software-gpu.mjs';

process.chdir(oneThread);
