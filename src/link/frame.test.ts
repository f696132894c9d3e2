import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc16, encodeFrame, FrameDecoder, MAXIMUM_FRAME_BYTES, type Frame } from "./frame.ts";

const frames = fc.record({ id: fc.nat(255), counter: fc.nat(255), payload: fc.uint8Array({ maxLength: 600 }) });

function decode(...pieces: Uint8Array[]): { frames: Frame[]; badFrames: number } {
  const received: Frame[] = [];
  const decoder = new FrameDecoder((frame) => received.push(frame));
  pieces.forEach((piece) => {
    decoder.push(piece);
  });
  return { frames: received, badFrames: decoder.badFrames };
}

function cutAt(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((left, right) => left - right), bytes.length];
  return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
}

const encode = ({ id, counter, payload }: Frame): Uint8Array => encodeFrame(id, counter, payload);

describe("frames", () => {
  it("have the CRC of the catalogue", () => {
    expect(crc16(new TextEncoder().encode("123456789"))).toBe(0x29b1);
  });

  it("look as PROTOCOL.md says", () => {
    const content = [0x05, 0x00];
    const crc = crc16(Uint8Array.from(content));
    expect([...encodeFrame(5, 0, new Uint8Array())]).toEqual([2, 5, 3, crc & 0xff, crc >> 8, 0]);
  });

  it("come back whole, however the stream is cut", () => {
    fc.assert(
      fc.property(fc.array(frames, { maxLength: 5 }), fc.array(fc.nat(), { maxLength: 8 }), (sent, cuts) => {
        const stream = Uint8Array.from(sent.flatMap((frame) => [...encode(frame)]));
        expect(decode(...cutAt(stream, cuts))).toEqual({ frames: sent, badFrames: 0 });
      }),
    );
  });

  it("hold no zero but the last, also at the edges of a COBS block", () => {
    for (const length of [0, 1, 249, 250, 251, 252, 253, 254, 255, 503, 504, 505, 506, 507, 508, 509]) {
      for (const fill of [0, 1]) {
        const bytes = encodeFrame(1, 1, new Uint8Array(length).fill(fill));
        expect(bytes.indexOf(0)).toBe(bytes.length - 1);
        expect(decode(bytes).frames[0]?.payload).toEqual(new Uint8Array(length).fill(fill));
      }
    }
  });

  it("are found again behind any garbage", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), frames, (garbage, frame) => {
        expect(decode(garbage, Uint8Array.of(0), encode(frame)).frames.at(-1)).toEqual(frame);
      }),
    );
  });

  it("are dropped and counted when a bit flips", () => {
    fc.assert(
      fc.property(frames, fc.nat(), fc.integer({ min: 1, max: 255 }), (frame, place, flip) => {
        const bytes = encode(frame);
        const index = place % (bytes.length - 1);
        bytes[index] = (bytes[index] as number) ^ flip;
        const { frames: received, badFrames } = decode(bytes);
        expect(received).toEqual([]);
        expect(badFrames).toBeGreaterThan(0);
      }),
      { numRuns: 2000, seed: 1 }, // fixed: one garbled frame in 65,536 has the right CRC all the same
    );
  });

  it("are dropped and counted when they are too long, and the next one is taken", () => {
    const endless = new Uint8Array(3 * MAXIMUM_FRAME_BYTES).fill(0xff);
    const next = { id: 1, counter: 2, payload: Uint8Array.of(3) };
    expect(decode(endless, Uint8Array.of(0), encode(next))).toEqual({ frames: [next], badFrames: 1 });
  });

  it("may be empty: zeros in a row are no fault", () => {
    expect(decode(new Uint8Array(10))).toEqual({ frames: [], badFrames: 0 });
  });
});

/** What PROTOCOL.md says of a stream, done as slowly and plainly as possible: cut at each 0x00, unstuff, check. */
function reference(stream: Uint8Array): { frames: Frame[]; badFrames: number } {
  const found: Frame[] = [];
  let badFrames = 0;
  const pieces: number[][] = [[]];
  for (const byte of stream) {
    if (byte === 0) pieces.push([]);
    else pieces.at(-1)?.push(byte);
  }
  for (const piece of pieces.slice(0, -1)) {
    if (piece.length === 0) continue;
    const content = unstuffed(piece);
    if (content === null || content.length < 4 || content.length > MAXIMUM_FRAME_BYTES || remainder(content) !== 0) badFrames++;
    else found.push({ id: content[0] as number, counter: content[1] as number, payload: Uint8Array.from(content.slice(2, -2)) });
  }
  return { frames: found, badFrames };
}

function unstuffed(bytes: readonly number[]): number[] | null {
  const content: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const code = bytes[at] as number;
    if (at + code > bytes.length) return null;
    content.push(...bytes.slice(at + 1, at + code));
    at += code;
    if (code !== 255 && at < bytes.length) content.push(0);
  }
  return content;
}

/** With the 0x00 behind it. */
function stuffed(content: readonly number[]): number[] {
  const bytes: number[] = [];
  let block: number[] = [];
  for (const [index, byte] of [...content, 0].entries()) {
    if (byte !== 0) block.push(byte);
    if (byte !== 0 && block.length < 254) continue;
    bytes.push(byte === 0 ? block.length + 1 : 255, ...block);
    block = [];
    if (index === content.length) bytes.push(0);
  }
  return bytes;
}

/** Too short for a frame, or just long enough; its CRC is right. */
const shortContents = fc.uint8Array({ maxLength: 3 }).map((bytes) => {
  const crc = crc16(bytes);
  return Uint8Array.from(stuffed([...bytes, crc & 0xff, crc >> 8]));
});

/** Long division, bit by bit; 0 where the CRC behind the content, highest byte first, is right. */
function remainder(content: readonly number[]): number {
  const [low = 0, high = 0] = content.slice(-2);
  let register = 0xffff;
  for (const byte of [...content.slice(0, -2), high, low]) {
    for (let bit = 7; bit >= 0; bit--) {
      const out = ((register >> 15) ^ (byte >> bit)) & 1;
      register = ((register << 1) & 0xffff) ^ (out === 1 ? 0x1021 : 0);
    }
  }
  return register;
}

/** Frames and garbage, and then bytes of them changed, lost, doubled and exchanged. */
const streams = fc
  .tuple(
    fc.array(fc.oneof(frames.map(encode), shortContents, fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ max: 5, maxLength: 30 })), {
      maxLength: 6,
    }),
    fc.array(fc.record({ kind: fc.constantFrom("change", "lose", "double", "exchange"), place: fc.nat(), value: fc.nat(255) }), {
      maxLength: 4,
    }),
  )
  .map(([parts, faults]) => {
    const bytes = parts.flatMap((part) => [...part]);
    for (const { kind, place, value } of faults) {
      const at = place % Math.max(1, bytes.length);
      const taken = bytes.splice(at, kind === "lose" || kind === "exchange" ? 1 + (value % 8) : 0);
      if (kind === "change") bytes[at] = value;
      if (kind === "double") bytes.splice(at, 0, ...bytes.slice(at, at + 1 + value));
      if (kind === "exchange") bytes.splice(at + (value % 5), 0, ...taken);
    }
    return Uint8Array.from(bytes);
  });

describe("any bytes", () => {
  it("give the frames that the protocol finds in them and no other, however they are cut", () => {
    fc.assert(
      fc.property(streams, fc.array(fc.nat(), { maxLength: 8 }), (stream, cuts) => {
        expect(decode(...cutAt(stream, cuts))).toEqual(reference(stream));
      }),
      { numRuns: 3000 },
    );
  });

  it("take no memory but that of one frame, however many they are", () => {
    const decoder = new FrameDecoder(() => undefined);
    const kept = (): unknown =>
      Object.values(decoder).map((value: unknown) => (typeof value === "object" ? (value as Uint8Array).byteLength : 0));
    const before = kept();
    const piece = new Uint8Array(100_000).fill(0x55);
    for (let pushed = 0; pushed < 200; pushed++) decoder.push(piece);
    expect(kept()).toEqual(before);
    expect(decoder.badFrames).toBe(0);
    decoder.push(Uint8Array.of(0));
    expect(decoder.badFrames).toBe(1);
  });

  it("may be a frame of the greatest length, and none that is longer", () => {
    const greatest = encodeFrame(1, 2, new Uint8Array(MAXIMUM_FRAME_BYTES - 4).fill(3));
    expect(decode(greatest).frames.length).toBe(1);
    expect(() => encodeFrame(1, 2, new Uint8Array(MAXIMUM_FRAME_BYTES - 3))).toThrow("fits no frame");
    // A whole frame, and one byte more behind it.
    const content = [...(unstuffed([...greatest.subarray(0, -1)]) ?? []), 7];
    expect(content.length).toBe(MAXIMUM_FRAME_BYTES + 1);
    expect(decode(Uint8Array.from(stuffed(content)))).toEqual({ frames: [], badFrames: 1 });
  });
});
