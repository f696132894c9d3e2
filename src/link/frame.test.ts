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
