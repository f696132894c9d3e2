import { expect, test } from "vitest";
import { ParameterBlock } from "./parameter-block.ts";
import { scalar, type ParameterField } from "./printed-step.ts";

function field(role: string, part: Pick<ParameterField, "type" | "count" | "values">): { name: string; field: ParameterField } {
  return { name: role, field: { role, perLine: 8, comment: `${role}.`, ...part } };
}

const BLOCK = new ParameterBlock([
  {
    heading: "first",
    fields: [
      field("bytes", { type: scalar("int8_t"), count: 3, values: [1, -2, 3] }),
      field("halves", { type: scalar("int16_t"), count: 1, values: [-2] }),
    ],
  },
  { heading: "nothing", fields: [] },
  {
    heading: "second",
    fields: [
      field("pair", {
        type: { c: "pair", members: ["int32_t", "int16_t", "uint16_t"] },
        count: 2,
        values: [-1, 2, 3, -(2 ** 31), 5, 65535],
      }),
      field("real", { type: scalar("float"), count: null, values: [0.5] }),
      field("last", { type: scalar("uint8_t"), count: null, values: [255] }),
    ],
  },
]);

test("gaps are members, so that every compiler lays the block out alike", () => {
  const members = [...BLOCK.declaration().matchAll(/^ {4}(\w+ \w+(?:\[\d+\])?);/gm)].map(([, member]) => member);
  expect(members).toEqual([
    ...["uint32_t magic", "uint32_t layout_hash[2]", "int8_t bytes[3]", "uint8_t gap_1[1]", "int16_t halves[1]", "uint8_t gap_2[2]"],
    ...["pair pair[2]", "float real", "uint8_t last", "uint8_t gap_3[3]"],
  ]);
});

test("its bytes are little-endian, in order", () => {
  const image = BLOCK.image("0123456789abcdef");
  expect(image.length).toBe(BLOCK.bytes);
  expect([...image]).toEqual([
    ...[0x52, 0x58, 0x50, 0x01, 0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01],
    ...[1, 254, 3, 0, 254, 255, 0, 0],
    ...[255, 255, 255, 255, 2, 0, 3, 0, 0, 0, 0, 128, 5, 0, 255, 255],
    ...[0, 0, 0, 0x3f, 255, 0, 0, 0],
  ]);
});

test("its initialiser names every field", () => {
  expect(BLOCK.initialiser()).toContain(".pair = {\n        {-1, 2, 3}, {INT32_MIN, 5, 65535},\n    },");
  expect(BLOCK.initialiser()).toContain(".real = 0.5f,");
});
