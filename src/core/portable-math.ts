// Numbers in, exponentials, logarithms and the like out: the same double on every machine. JavaScript leaves the last bits of
// Math.exp and its kin to the implementation, and what is learnt must not depend on it; + - * / and bits are exact by IEEE 754.

import { assert } from "./assert.ts";

/** ln 2 in two parts: a multiple of the first, up to 2^20 times, is exact (Cody & Waite 1980, chapter 6). */
const LN2_HIGH = 0x162e42fee / 2 ** 33;
const LN2_LOW = 1.9082149292705877e-10;

/** Beyond these, e^x is above the largest double or rounds to 0. */
const EXP_OVERFLOW = 709.782712893384;
const EXP_UNDERFLOW = -745.1332191019412;

/** pi / 2 in three parts of 33, 33 and 53 bits: multiples of the first two, up to 2^20 times, are exact. */
const HALF_PI = [0x1921fb544 / 2 ** 32, 0x10b4611a6 / 2 ** 66, 2.0222662487959506e-21] as const;
const LARGEST_ANGLE = 2 ** 20;

const doubleBits = new DataView(new ArrayBuffer(8));

/** 2^-HALF_EXPONENTS..2^HALF_EXPONENTS: any double's exponent is the sum of two of these. */
const HALF_EXPONENTS = 540;
const POWERS_OF_TWO = new Float64Array(2 * HALF_EXPONENTS + 1);
for (let exponent = 0, power = 1; exponent <= HALF_EXPONENTS; exponent++, power *= 2) {
  POWERS_OF_TWO[HALF_EXPONENTS + exponent] = power;
  POWERS_OF_TWO[HALF_EXPONENTS - exponent] = 1 / power;
}

/** Coefficients of the Taylor series, the highest power first. */
const EXP_SERIES = series(13, (_, factorial) => 1 / factorial);
const LOG_SERIES = series(11, (power) => 1 / (2 * power + 1));
const COSINE_SERIES = series(16, (power, factorial) => (power % 4 === 0 ? 1 : -1) / factorial, 2);
const SINE_SERIES = series(17, (power, factorial) => (power % 4 === 1 ? 1 : -1) / factorial, 2);

/** e^x, within 2 units in the last place. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > EXP_OVERFLOW) return Infinity;
  if (x < EXP_UNDERFLOW) return 0;
  const exponent = Math.floor(x / Math.LN2 + 0.5);
  const rest = x - exponent * LN2_HIGH - exponent * LN2_LOW;
  const half = Math.trunc(exponent / 2);
  return polynomial(EXP_SERIES, rest) * powerOfTwo(half) * powerOfTwo(exponent - half);
}

/** The natural logarithm, within 4 units in the last place. */
export function log(x: number): number {
  if (Number.isNaN(x) || x < 0) return NaN;
  if (x === 0) return -Infinity;
  if (x === Infinity) return x;
  const subnormal = x < Number.MIN_VALUE * 2 ** 52;
  doubleBits.setFloat64(0, subnormal ? x * 2 ** 54 : x);
  const high = doubleBits.getUint32(0);
  doubleBits.setUint32(0, (high & 0xfffff) | 0x3ff00000);
  let mantissa = doubleBits.getFloat64(0);
  let exponent = (high >>> 20) - 1023 - (subnormal ? 54 : 0);
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  // ln m = 2 artanh s, s = (m - 1) / (m + 1).
  const s = (mantissa - 1) / (mantissa + 1);
  return exponent * LN2_HIGH + (exponent * LN2_LOW + 2 * s * polynomial(LOG_SERIES, s * s));
}

/** The hyperbolic tangent, within 4 units in the last place. */
export function tanh(x: number): number {
  const size = Math.abs(x);
  if (size > 0.55) {
    const value = 1 - 2 / (exp(2 * size) + 1);
    return x < 0 ? -value : value;
  }
  // Lambert's continued fraction, x / (1 + x^2 / (3 + x^2 / (5 + ...))), exact to a double here.
  let fraction = 19;
  for (let odd = 17; odd > 0; odd -= 2) fraction = odd + (x * x) / fraction;
  return x / fraction;
}

/** 1 / (1 + e^-x), within 4 units in the last place. */
export function logistic(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x));
  const power = exp(x);
  return power / (1 + power);
}

/** The cosine of an angle in radians, of at most 2^20, within 4 units in the last place. */
export function cosine(angle: number): number {
  if (!Number.isFinite(angle)) return NaN;
  assert(Math.abs(angle) <= LARGEST_ANGLE, `an angle of ${angle} is too large to be reduced`);
  const quarters = Math.floor(Math.abs(angle) / (Math.PI / 2) + 0.5);
  const rest = Math.abs(angle) - quarters * HALF_PI[0] - quarters * HALF_PI[1] - quarters * HALF_PI[2];
  const square = rest * rest;
  switch (quarters % 4) {
    case 0:
      return polynomial(COSINE_SERIES, square);
    case 1:
      return -rest * polynomial(SINE_SERIES, square);
    case 2:
      return -polynomial(COSINE_SERIES, square);
    default:
      return rest * polynomial(SINE_SERIES, square);
  }
}

/** Horner's rule: the last coefficient is the constant. */
function polynomial(coefficients: Float64Array, x: number): number {
  let sum = 0;
  for (let index = 0; index < coefficients.length; index++) sum = sum * x + (coefficients[index] as number);
  return sum;
}

/** Coefficients of the powers highest, highest - stride, ... down to 0 or 1. */
function series(highest: number, coefficient: (power: number, factorial: number) => number, stride = 1): Float64Array {
  const coefficients: number[] = [];
  for (let power = highest; power >= 0; power -= stride) {
    let factorial = 1;
    for (let factor = 2; factor <= power; factor++) factorial *= factor;
    coefficients.push(coefficient(power, factorial));
  }
  return Float64Array.from(coefficients);
}

function powerOfTwo(exponent: number): number {
  return POWERS_OF_TWO[HALF_EXPONENTS + exponent] as number;
}
