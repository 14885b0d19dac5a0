/* WebGL does not say whether a GPU is emulated; the renderer's name does. */
import { expect, test } from 'vitest';
import { namesSoftware } from '../src/backend.js';

test.each([
  ['ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)', true],
  ['llvmpipe (LLVM 15.0.7, 256 bits)', true],
  ['ANGLE (Microsoft, Microsoft Basic Render Driver Direct3D11 vs_5_0 ps_5_0)', true],
  ['ANGLE (NVIDIA, NVIDIA GeForce RTX 3060 Direct3D11 vs_5_0 ps_5_0)', false],
  ['Mali-G78', false],
])('%s', (renderer, software) => {
  expect(namesSoftware(renderer)).toBe(software);
});
