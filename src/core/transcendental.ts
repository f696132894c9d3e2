// gemmlowp's fixed-point exp, logistic and tanh (fixedpoint.h at 16e8662), which TFLite's int8 LOGISTIC, TANH and SOFTMAX use.
// Integer in, integer out: the same tables on every machine.

import { clamp, doublingHighMultiply, roundingRightShift } from "./fixed-point.ts";

const INT32_MAX = 2147483647;
const INT32_MIN = -2147483648;

/** e^x for x <= 0. @param raw x as Q(integerBits).(31 - integerBits). @returns Q0.31. */
export function expOnNegativeValues(raw: number, integerBits: number): number {
  if (raw === 0) return INT32_MAX;
  const fractionalBits = 31 - integerBits;
  const quarter = 2 ** (fractionalBits - 2);
  const remainder = modulo(raw, quarter) - quarter;
  let result = expBetweenMinusQuarterAndZero(remainder * 2 ** integerBits);
  const quarters = remainder - raw;
  EXP_OF_MINUS_POWERS.forEach((factor, index) => {
    const exponent = index - 2;
    if (exponent >= integerBits) return;
    if (Math.floor(quarters / 2 ** (fractionalBits + exponent)) % 2 === 1) result = doublingHighMultiply(result, factor);
  });
  return result;
}

/** exp(-1/4), exp(-1/2), exp(-1) .. exp(-16), as Q0.31. */
const EXP_OF_MINUS_POWERS = [1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242] as const;

/** Fourth-order Taylor polynomial around -1/8. @param a Q0.31 in [-1/4, 0). */
function expBetweenMinusQuarterAndZero(a: number): number {
  const x = a + 2 ** 28;
  const x2 = doublingHighMultiply(x, x);
  const x3 = doublingHighMultiply(x2, x);
  const x4 = doublingHighMultiply(x2, x2);
  const x4Quarter = roundingRightShift(x4, 2);
  const tail = roundingRightShift(doublingHighMultiply(x4Quarter + x3, 715827883) + x2, 1);
  return saturate(1895147668 + doublingHighMultiply(1895147668, x + tail));
}

/** 1 / (1 + x) for x in [0, 1]. @param x Q0.31. @returns Q0.31. */
export function oneOverOnePlus(x: number): number {
  return saturate(twiceOneOverOnePlus(x) * 2);
}

/** (1 - x) / (1 + x) for x in [0, 1]. @param x Q0.31. @returns Q0.31. */
export function oneMinusOverOnePlus(x: number): number {
  return saturate((twiceOneOverOnePlus(x) - 2 ** 29) * 4);
}

/** 2 / (1 + x) by three Newton-Raphson steps from 48/17 - 32/17 * (1 + x) / 2. @param x Q0.31. @returns Q2.29. */
function twiceOneOverOnePlus(x: number): number {
  const halfDenominator = roundHalfSum(x, INT32_MAX);
  let estimate = saturate(1515870810 + doublingHighMultiply(halfDenominator, -1010580540));
  for (let step = 0; step < 3; step++) {
    const oneMinusProduct = 2 ** 29 - doublingHighMultiply(halfDenominator, estimate);
    estimate += saturate(doublingHighMultiply(estimate, oneMinusProduct) * 4);
  }
  return estimate;
}

/** 1 / (1 + e^-x). @param raw x as Q4.27. @returns Q0.31. */
export function fixedPointLogistic(raw: number): number {
  if (raw === 0) return 2 ** 30;
  const ofMagnitude = oneOverOnePlus(expOnNegativeValues(-Math.abs(raw), 4));
  return raw > 0 ? ofMagnitude : INT32_MAX - ofMagnitude;
}

/** tanh. @param raw x as Q4.27. @returns Q0.31. */
export function fixedPointTanh(raw: number): number {
  if (raw === 0) return 0;
  // The same raw value read as Q5.26 is 2x.
  const magnitude = oneMinusOverOnePlus(expOnNegativeValues(-Math.abs(raw), 5));
  return raw < 0 ? -magnitude : magnitude;
}

/** C++ gemmlowp RoundingHalfSum: (a + b) / 2, halves away from zero. */
function roundHalfSum(a: number, b: number): number {
  const sum = a + b;
  return Math.trunc((sum + (sum >= 0 ? 1 : -1)) / 2);
}

function saturate(value: number): number {
  return clamp(value, INT32_MIN, INT32_MAX);
}

/** Non-negative remainder: the low bits of a two's complement number. */
function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
