// Parameter blocks packed, and unpacked in their own place.

import fc from "fast-check";
import { expect, test } from "vitest";
import { packParameters, unpackParameters } from "./pack-parameters.ts";

const LENGTH = 600;
const anyBlock = fc.uint8Array({ minLength: LENGTH, maxLength: LENGTH });
/** What training that goes on makes of a block: most bytes move a little. */
const movedBlock = anyBlock.chain((base) =>
  fc
    .array(fc.integer({ min: -6, max: 6 }), { minLength: LENGTH, maxLength: LENGTH })
    .map((steps) => ({ base, block: base.map((byte, index) => byte + (steps[index] ?? 0)) })),
);

test("what is packed is unpacked to the same", () => {
  fc.assert(
    fc.property(movedBlock, ({ base, block }) => {
      const packed = packParameters(block, base);
      expect(packed?.length).toBeLessThan(0.65 * LENGTH);
      expect(unpackParameters(packed as Uint8Array, base, LENGTH)).toEqual(block);
    }),
  );
});

test("what can't be made shorter is not packed", () => {
  fc.assert(
    fc.property(anyBlock, (block) => {
      const packed = packParameters(block, null);
      if (packed !== null) expect(unpackParameters(packed, null, LENGTH)).toEqual(block);
      else expect(packed).toBeNull();
    }),
  );
  expect(
    packParameters(
      Uint8Array.from({ length: LENGTH }, (_, index) => (index * 197 + (index >> 3) * 83) & 0xff),
      null,
    ),
  ).toBeNull();
});

test("blocks of one value, of length 1, with carries through long runs of ones", () => {
  for (const value of [0, 1, 127, 128, 255]) {
    const block = new Uint8Array(5000).fill(value);
    const packed = packParameters(block, null) as Uint8Array;
    expect(packed.length).toBeLessThan(120);
    expect(unpackParameters(packed, null, block.length)).toEqual(block);
  }
  expect(packParameters(Uint8Array.of(7), null)).toBeNull();
  for (let seed = 0; seed < 300; seed++) {
    const block = Uint8Array.from({ length: 400 }, (_, index) => ((index * seed) % 7 === 0 ? 255 : 254 + ((index >> 4) & seed & 1)));
    const packed = packParameters(block, null) as Uint8Array;
    expect(unpackParameters(packed, null, block.length)).toEqual(block);
  }
});

test("is never unpacked over what was not read yet", () => {
  fc.assert(
    fc.property(movedBlock, fc.nat(LENGTH), ({ base, block }, plain) => {
      // A part that can't be packed at the end makes the unread rest longer than what is to be written.
      const mixed = Uint8Array.from(block, (byte, index) => (index < plain ? byte : (base[index] ?? 0) + 97 * index));
      const packed = packParameters(mixed, base);
      if (packed === null) return;
      expect(unpackParameters(packed, base, LENGTH)).toEqual(mixed);
    }),
  );
});
