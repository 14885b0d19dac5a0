/**
 * WGSL; it needs the functions of wgsl.ts. Probabilities of many steps underflow float32, and their logarithms lose digits. So a
 * number is stored as m · 2ᵉ, both
 * float32, with m = 0 or 1 ≤ m < 2: it keeps all digits, at any number of steps.
 */
export const SCALED_NUMBERS = `
alias Scaled = vec2<f32>;

const ZERO = Scaled(0.0, -1.0e9);

// 2^d for a whole number d ≤ 0.
fn powerOfTwo(d: f32) -> f32 { return select(bitcast<f32>(u32(max(d, -126.0) + 127.0) << 23u), 0.0, d < -126.0); }

fn product(a: Scaled, b: Scaled) -> Scaled {
  let m = a.x * b.x;
  let bits = bitcast<u32>(m);
  let exponent = bits >> 23u;
  if (exponent == 0u) { return ZERO; }
  if (isNaN(m)) { return Scaled(m, 0.0); }
  return Scaled(bitcast<f32>((bits & 0x7fffffu) | 0x3f800000u), a.y + b.y + f32(exponent) - 127.0);
}

fn sumOfThree(a: Scaled, b: Scaled, c: Scaled) -> Scaled {
  let e = max(a.y, max(b.y, c.y));
  return Scaled(a.x * powerOfTwo(a.y - e) + b.x * powerOfTwo(b.y - e) + c.x * powerOfTwo(c.y - e), e);
}

// exp(x) for x ≤ 0
fn scaledExponential(x: f32) -> Scaled {
  if (isNaN(x)) { return Scaled(x, 0.0); }
  if (x < -1.0e8) { return ZERO; }
  let power = x * ${Math.LOG2E};
  return Scaled(exp2(power - floor(power)), floor(power));
}
`;
