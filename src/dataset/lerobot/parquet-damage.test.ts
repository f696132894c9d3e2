import fc from "fast-check";
import { snappyUncompress } from "hyparquet";
import { describe, expect, it } from "vitest";
import { valueOf } from "../../core/diagnostic.ts";
import { readParquet, writeParquet, type ParquetColumn } from "./parquet.ts";
import { walkRuns } from "./parquet-runs.ts";
import { unpackSnappy } from "./parquet-snappy.ts";
import { refuseDamagedThrift } from "./parquet-thrift.ts";

/** Values of a walk, and how many a run repeated at most. */
function walked(runs: readonly number[], width: number, count: number): readonly number[] {
  const values: number[] = [];
  walkRuns(Uint8Array.from(runs), 0, width, count, (value, times) => {
    values.push(...new Array<number>(times).fill(value));
  });
  return values;
}

describe("runs", () => {
  it("repeat a value, or hold groups of 8", () => {
    expect(walked([3 << 1, 5, (1 << 1) | 1, 0b10001000, 0b11000110, 0b11111010], 3, 11)).toEqual([5, 5, 5, 0, 1, 2, 3, 4, 5, 6, 7]);
    expect(walked([2 << 1, 0x34, 0x12], 13, 2)).toEqual([0x1234, 0x1234]);
    // The last group may be longer than what is left.
    expect(walked([(1 << 1) | 1, 0b101], 1, 3)).toEqual([1, 0, 1]);
  });

  it.each([
    ["a run longer than the values", [4 << 1, 1], 1, 3],
    ["a run of 2^30 values", [0x80, 0x80, 0x80, 0x80, 0x08, 1], 1, 3],
    ["a run of a length that never ends", [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 1], 1, 3],
    ["2^29 groups of values without bits", [0x81, 0x80, 0x80, 0x80, 0x04], 0, 3],
    ["less than there should be", [2 << 1, 1], 1, 3],
    ["an impossible width", [2 << 1, 1, 1, 1, 1], 32, 2],
  ])("are refused: %s", (_, runs, width, count) => {
    expect(() => walked(runs, width, count)).toThrow();
  });
});

describe("Snappy", () => {
  /** Literals and copies of all kinds that make sense, with their size in front. */
  const elements = fc.array(
    fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc.record({ back: fc.integer({ min: 1, max: 5000 }), length: fc.integer({ min: 4, max: 11 }), bytes: fc.constantFrom(1, 2, 4) }),
    ),
    { minLength: 1, maxLength: 40 },
  );

  it("unpacks what hyparquet unpacks", () => {
    fc.assert(
      fc.property(elements, (list) => {
        const packed: number[] = [0];
        let size = 0;
        for (const element of list) {
          if (element instanceof Uint8Array) {
            const { length } = element;
            packed.push(...(length <= 60 ? [(length - 1) << 2] : [61 << 2, (length - 1) & 255, (length - 1) >> 8]), ...element);
            size += length;
          } else if (size > 0) {
            const back = Math.min(element.back, size, element.bytes === 1 ? 2047 : 65535);
            const tag =
              element.bytes === 1
                ? ((element.length - 4) << 2) | 1 | ((back >> 8) << 5)
                : ((element.length - 1) << 2) | (element.bytes === 2 ? 2 : 3);
            packed.push(tag, back & 255, ...(element.bytes === 1 ? [] : [back >> 8]), ...(element.bytes === 4 ? [0, 0] : []));
            size += element.length;
          }
        }
        const expected = new Uint8Array(size);
        snappyUncompress(Uint8Array.from(packed), expected);
        expect(unpackSnappy(Uint8Array.from(packed), size)).toEqual(expected);
      }),
    );
  });

  it.each([
    ["a literal whose length would lead backwards", [4, 63 << 2, 0xf0, 0xff, 0xff, 0xff, 1, 2, 3, 4], 4],
    ["a literal beyond the end", [4, 3 << 2, 1], 4],
    ["a copy from before the beginning", [4, 0, 7, (3 << 2) | 2, 2, 0], 5],
    ["a copy of nothing behind", [4, 0, 7, (3 << 2) | 2, 0, 0], 5],
    ["more than the size", [4, 0, 7, (63 << 2) | 2, 1, 0], 5],
    ["less than the size", [4, 0, 7], 5],
  ])("is refused: %s", (_, packed, size) => {
    expect(() => unpackSnappy(Uint8Array.from(packed), size)).toThrow();
  });
});

describe("Thrift", () => {
  it.each([
    ["a list of 2^34 elements", [0x19, 0xf5, 0x80, 0x80, 0x80, 0x80, 0x40, 0]],
    ["a text beyond the end", [0x18, 0x20, 1, 2, 0]],
    ["a number without end", [0x16, ...new Array<number>(30).fill(0x80), 0]],
    ["structures without end", new Array<number>(100).fill(0x1c)],
    ["a type that is none", [0x1d, 0]],
    ["no stop", [0x15, 2]],
  ])("is refused: %s", (_, bytes) => {
    expect(() => {
      refuseDamagedThrift(Uint8Array.from(bytes), 0);
    }).toThrow();
  });

  it("passes with a number, a text, truths, a list and a structure", () => {
    const bytes = [0x15, 2, 0x18, 1, 65, 0x11, 0x12, 0x19, 0x21, 1, 0, 0x1c, 0x13, 9, 0, 0x07, 0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    expect(() => {
      refuseDamagedThrift(Uint8Array.from(bytes), 0);
    }).not.toThrow();
  });
});

describe("a file with any bit flipped", () => {
  const rows = 48;
  const of = <Value>(make: (row: number) => Value): Value[] => Array.from({ length: rows }, (_, row) => make(row));
  const columns: ParquetColumn[] = [
    { name: "state", type: "float", list: true, values: of((row) => [row, row / 3, 1]) },
    { name: "index", type: "int64", list: false, values: of(BigInt) },
    { name: "done", type: "bool", list: false, values: of((row) => row % 24 === 23) },
    { name: "task", type: "string", list: false, values: of((row) => (row % 2 === 0 ? "go" : "stop")) },
  ];
  const whole = writeParquet(columns, [24, 24]);

  it("is refused, or has as many rows as before and lists no longer than the values of the file", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(7), async (position, bit) => {
        const flipped = whole.slice();
        flipped[position] = (flipped[position] as number) ^ (1 << bit);
        const outcome = await readParquet("flipped", flipped, () => true);
        if (!outcome.ok) {
          expect(outcome.diagnostics.map(({ code }) => code.startsWith("parquet-"))).toEqual([true]);
          return;
        }
        expect(outcome.value.rows).toBe(rows);
        for (const column of outcome.value.columns.values()) expect(column.flat(8).length).toBeLessThanOrEqual(3 * rows);
      }),
      { numRuns: 500 },
    );
  });

  it("is refused where a column has fewer children than none", async () => {
    const bytes = whole.slice();
    // The schema stands in the footer: a name, and behind it the number of children (field 5, zigzag: 2 is 1, 3 is -2).
    const at = bytes.findIndex((_, index) => String.fromCharCode(...bytes.subarray(index, index + 7)) === "state\x15\x02") + 6;
    expect(at).toBeGreaterThan(6);
    bytes[at] = 3;
    expect((await readParquet("childless", bytes, () => true)).ok).toBe(false);
  });

  it("is refused where a list would begin elsewhere", async () => {
    const [state] = columns;
    const lists = (values: readonly unknown[]): Uint8Array => writeParquet([{ ...(state as ParquetColumn), values }], [values.length]);
    const bytes = lists([[1, 2], [3], [4]]);
    // Repetition levels of a page are its first runs: here one group of 8, 0 1 0 0.
    const at = bytes.findIndex((byte, index) => byte === 3 && bytes[index + 1] === 0b0010);
    expect(at).toBeGreaterThan(0);
    bytes[at + 1] = 0b0110;
    expect(await readParquet("shifted", bytes, () => true)).toMatchObject({
      ok: false,
      diagnostics: [{ message: expect.stringContaining("a column of 2 rows in a group of 3") as string }],
    });
    expect(valueOf(await readParquet("whole", lists([[1, 2], [3], [4]]), () => true)).rows).toBe(3);
  });
});
