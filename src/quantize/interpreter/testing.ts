// The law of requantization once more, straight from its definition and in whole numbers of any size, for the tests of the
// interpreter: nothing here shares code with what it tests.

import fc from "fast-check";

const TWO = 2n;

/** C's division, towards zero, is BigInt's. */
function doublingHighMultiply(a: bigint, b: bigint): bigint {
  const product = a * b;
  const nudge = product >= 0n ? TWO ** 30n : 1n - TWO ** 30n;
  return (product + nudge) / TWO ** 31n;
}

function roundingRightShift(value: bigint, exponent: bigint): bigint {
  const half = exponent === 0n ? 0n : TWO ** (exponent - 1n);
  return value < 0n ? -((-value + half) >> exponent) : (value + half) >> exponent;
}

/** value * real / count, for a normal positive double: its 53 bits are rounded to 31, divided by the count, then two roundings. */
export function scaleExactly(value: number, real: number, count = 1): number {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, real);
  const word = bits.getBigUint64(0);
  const significand = (word & (TWO ** 52n - 1n)) | (TWO ** 52n);
  let exponent = (word >> 52n) - 1022n;
  let mantissa = (significand + TWO ** 21n) >> 22n;
  if (mantissa === TWO ** 31n) {
    mantissa = TWO ** 30n;
    exponent += 1n;
  }
  if (exponent < -31n) return 0;
  const countBits = BigInt(count.toString(2).length - 1);
  const left = countBits < 31n + exponent ? countBits : 31n + exponent;
  mantissa = (mantissa << left) / BigInt(count);
  exponent -= left;
  const shifted = exponent > 0n ? BigInt(value) << exponent : BigInt(value);
  return Number(roundingRightShift(doublingHighMultiply(shifted, mantissa), exponent < 0n ? -exponent : 0n));
}

export function clampByte(value: number): number {
  return Math.max(-128, Math.min(127, value));
}

export const byte = fc.integer({ min: -128, max: 127 });

/** A float32 scale. */
export const scale = fc.double({ min: 0.01, max: 0.5, noNaN: true }).map(Math.fround);

export interface ScaleAndZero {
  readonly scale: number;
  readonly zeroPoint: number;
}

export const quantization: fc.Arbitrary<ScaleAndZero> = fc.record({ scale, zeroPoint: byte });

/** Bytes that repeat for a seed, with the ends of the range among them. */
export function bytesOf(count: number, seed: number): Int8Array {
  return Int8Array.from({ length: count }, (_, index) => {
    const mixed = Math.imul((seed + 1) * 7919 + index, 0x9e3779b1) >>> 0;
    return mixed % 13 === 0 ? (mixed % 2 === 0 ? -128 : 127) : mixed >>> 24;
  });
}

/** All indices below `sizes`, in order. */
export function indices(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (list, size) => list.flatMap((index) => Array.from({ length: size }, (_, last) => [...index, last])),
    [[]],
  );
}

/** The element's place in a tensor whose last dimension is contiguous. */
export function placeOf(index: readonly number[], shape: readonly number[]): number {
  return shape.reduce((place, size, dimension) => place * size + (index[dimension] ?? 0), 0);
}
