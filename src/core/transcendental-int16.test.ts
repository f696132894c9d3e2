// The hashes are of what TensorFlow Lite's own functions compute (tflite-micro 90b983c2b), little-endian int16.

import { expect, test } from "vitest";
import { hash64 } from "./hash.ts";
import { SIGMOID_TABLE, sigmoidInt16, tanhInt16 } from "./transcendental-int16.ts";

const INT16 = Array.from({ length: 65536 }, (_, index) => index - 32768);

function littleEndian(values: readonly number[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(2 * values.length));
  values.forEach((value, index) => {
    bytes.setUint16(2 * index, value & 0xffff, true);
  });
  return new Uint8Array(bytes.buffer);
}

test("the computed table is sigmoid_table_uint16, all 256 values", () => {
  expect(SIGMOID_TABLE).toHaveLength(256);
  expect(hash64(littleEndian([...SIGMOID_TABLE]))).toBe("c79a34d2c8c6e794");
});

test("sigmoid is the reference's for every int16, and near the real one", () => {
  const values = INT16.map(sigmoidInt16);
  expect(hash64(littleEndian(values))).toBe("5e888504031254f7");
  values.forEach((value, index) => {
    const real = 32768 / (1 + Math.exp(-(INT16[index] as number) / 4096));
    if (Math.abs(value - real) > 12) expect.fail(`sigmoid of ${INT16[index] ?? ""} is ${value}, not ${real}`);
  });
});

test("tanh is the reference's for every int16 and every shift", () => {
  const shifts = Array.from({ length: 46 }, (_, index) => index - 31);
  const bytes = shifts.map((shift) => littleEndian(INT16.map((x) => tanhInt16(x, shift))));
  expect(hash64(Buffer.concat(bytes))).toBe("16d726175bc0e5bd");
});
