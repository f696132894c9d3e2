import { describe, expect, it } from "vitest";
import { Random } from "../core/random.ts";
import { encodeFrame, FrameDecoder } from "./frame.ts";
import { judgeNoise } from "./noise.ts";
import { noAnswer } from "./session-errors.ts";
import { sampled, waveform, type FramingErrors } from "./testing/uart.ts";

const RATES = [9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600, 1_000_000, 2_000_000];
const PAIRS = RATES.flatMap((sender) => RATES.filter((receiver) => receiver !== sender).map((receiver) => [sender, receiver] as const));
const FRAMING_ERRORS: readonly FramingErrors[] = ["keep", "drop", "zero"];

const random = new Random(1);
const frames = Array.from({ length: 200 }, (_, counter) =>
  encodeFrame(
    0x83,
    counter,
    Uint8Array.from({ length: random.integer(80) }, () => (random.next() < 0.3 ? 0 : random.integer(256))),
  ),
);
const text = new TextEncoder().encode(Array.from({ length: 50 }, (_, line) => `sensor ${line}: ${random.next()}\r\n`).join(""));

/** Frames as a board sends them: without a pause inside, and any pause between. */
const line = joinedWaveforms(frames);
const textLine = joinedWaveforms([text]);

function joinedWaveforms(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...waveform(part, (index) => (index === 0 ? random.integer(100) : 0))]));
}

function framesIn(bytes: Uint8Array): number {
  let count = 0;
  new FrameDecoder(() => count++).push(bytes);
  return count;
}

describe("a line that is read at the baud rate it is written at", () => {
  it.each(RATES)("carries every frame at %i", (rate) => {
    for (const framingErrors of FRAMING_ERRORS) expect(framesIn(sampled(line, rate, rate, framingErrors))).toBe(frames.length);
  });

  it("carries every frame when the clocks differ by three percent, and none when by ten", () => {
    for (const factor of [0.97, 1.03]) expect(framesIn(sampled(line, 115_200, 115_200 * factor, "keep"))).toBe(frames.length);
    for (const factor of [0.9, 1.1]) expect(framesIn(sampled(line, 115_200, 115_200 * factor, "keep"))).toBeLessThan(frames.length / 100);
  });

  it("shows text as text, and frames as neither that nor a slower line", () => {
    expect(judgeNoise(sampled(textLine, 9600, 9600, "keep"))).toBe("text");
    expect(judgeNoise(sampled(line, 9600, 9600, "keep"))).toBe("unclear");
    expect(judgeNoise(text.subarray(0, 20))).toBe("unclear");
  });
});

describe("a line that is written at %i baud and read at another rate", () => {
  it.each(PAIRS)("%i read at %i gives no frame, and is said to be so", (sender, receiver) => {
    for (const framingErrors of FRAMING_ERRORS) {
      const bytes = sampled(line, sender, receiver, framingErrors);
      expect(framesIn(bytes)).toBe(0);
      expect(["slower", "unclear"]).toContain(judgeNoise(bytes));
      if (bytes.length >= 32 && receiver > 1.9 * sender) expect(judgeNoise(bytes)).toBe("slower");
      if (receiver < 1.9 * sender) expect(judgeNoise(bytes)).toBe("unclear");
      expect(judgeNoise(sampled(textLine, sender, receiver, framingErrors))).not.toBe("text");
    }
  });

  it("is an error that names the rate", () => {
    const statistics = { bytesSent: 5, bytesReceived: 99, framesSent: 1, framesReceived: 0, badFrames: 7, lostFrames: 0, unknownFrames: 0 };
    const { message, hint } = noAnswer("serial:/dev/ttyACM0?baud=57600", statistics, 2000);
    expect(message).toContain("57600 baud");
    expect(hint).toContain("baud rate");
  });
});
