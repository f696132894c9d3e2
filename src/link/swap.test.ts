// New parameters from the host's side, with the C firmware at the other end of the line.

import fc from "fast-check";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { at } from "../core/assert.ts";
import type { DiagnosticError } from "../core/diagnostic.ts";
import { IoError } from "../core/io.ts";
import { PROTOCOL_VERSION, type HelloMessage, type Message } from "./messages.generated.ts";
import { revertParameters, swapParameters, type SwapResult, type SwapUpdate } from "./swap.ts";
import { Bench, buildFirmware, PERIOD_US, setMode, type Machine } from "./testing/firmware-bench.ts";
import { BUILT_IN_HASH, updateTo, vector } from "./testing/swap-frames.ts";
import { BenchLine, type LineOptions } from "./testing/swap-line.ts";

const NEW = 7;
const update = updateTo(NEW);
const BAUD_RATE = 115_200;

let agent: Machine;
let bench: Bench;
let tick = 0;

beforeAll(async () => {
  agent = await buildFirmware("agent");
});

beforeEach(() => {
  bench = new Bench(agent);
});

function lineTo(options: Partial<LineOptions> = {}, hello: Partial<HelloMessage> = {}): BenchLine {
  const [greeting] = bench.ask({ kind: "hello-request", protocolVersion: PROTOCOL_VERSION }).filter((message) => message.kind === "hello");
  return new BenchLine(bench, { ...(greeting as HelloMessage), ...hello }, { baudRate: BAUD_RATE, ...options });
}

function swap(line: BenchLine, to: SwapUpdate = update): Promise<SwapResult> {
  return line.run(swapParameters(line, to));
}

function drivenBy(): number {
  // Behind what was cut off.
  bench.sendBytes(Uint8Array.of(0));
  bench.ask(setMode("auto", "host"));
  const { input, output } = bench.observe(++tick);
  return at(output, 0) - at(input, 0);
}

const codeOf = async (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => undefined,
    (error: unknown) => (error as DiagnosticError).diagnostics[0]?.code,
  );

describe("a swap", () => {
  it("ends with the new policy driving, and says from what and how long", async () => {
    const heard: number[] = [];
    const line = lineTo({}, { receiveBytes: 100 });
    const result = await line.run(swapParameters(line, update, (bytes) => void heard.push(bytes)));
    expect(result).toMatchObject({ from: BUILT_IN_HASH, to: update.policyHash, bytes: 100, resumed: 0 });
    expect(result.milliseconds).toBeCloseTo(line.timer.now(), 6);
    expect(heard.at(-1)).toBe(1);
    expect(heard).toEqual([...heard].sort((left, right) => left - right));
    expect(heard.length).toBeGreaterThan(3);
    expect(drivenBy()).toBe(NEW);
  });

  it("does not rest while it waits for answers, and never has more under way than the board keeps", async () => {
    const pieces = { ...update, parameters: update.parameters };
    let [under, most] = [0, 0];
    const line = lineTo(
      {
        toBoard: (frame) => {
          under += frame.length;
          most = Math.max(most, under);
          return [frame];
        },
        toHost: (message) => {
          if (message.kind === "swap") under = 0;
          return [message];
        },
      },
      { receiveBytes: 120 },
    );
    await swap(line, pieces);
    expect(most).toBeLessThanOrEqual(120 - 32);
    const lineMs = (line.bytesToBoard * 10_000) / BAUD_RATE;
    expect(line.timer.now()).toBeLessThan(1.6 * lineMs);
  });

  it("goes back to the policy before", async () => {
    await swap(lineTo());
    const line = lineTo();
    expect(await line.run(revertParameters(line, update.policyHash))).toBe(BUILT_IN_HASH);
    expect(drivenBy()).toBe(0);
    expect(await codeOf(line.run(revertParameters(line, BUILT_IN_HASH)))).toBe("swap-nothing-before");
  });
});

describe("a line that", () => {
  it("loses one frame, whichever, in either direction, only costs time", async () => {
    for (let lost = 0; lost < 12; lost++) {
      for (const direction of ["toBoard", "toHost"] as const) {
        bench = new Bench(agent);
        const options = { [direction]: <Frame>(frame: Frame, count: number) => (count === lost ? [] : [frame]) };
        const result = await swap(lineTo(options, { receiveBytes: 120 }));
        expect(result.to).toBe(update.policyHash);
        expect(drivenBy(), `${direction} ${lost}`).toBe(NEW);
      }
    }
  });

  it("doubles, loses and exchanges frames ends with the new policy or says why not, and with the old one driving", async () => {
    const fate = fc.constantFrom("pass", "pass", "pass", "lose", "double", "late");
    await fc.assert(
      fc.asyncProperty(
        fc.array(fate, { minLength: 8, maxLength: 40 }),
        fc.array(fate, { minLength: 8, maxLength: 40 }),
        async (to, from) => {
          bench = new Bench(agent);
          const through =
            <Frame>(fates: readonly string[], held: Frame[]) =>
            (frame: Frame, count: number): Frame[] => {
              const before = held.splice(0);
              switch (fates[count % fates.length]) {
                case "lose":
                  return before;
                case "double":
                  return [frame, frame, ...before];
                case "late":
                  held.push(frame);
                  return before;
                default:
                  return [frame, ...before];
              }
            };
          const line = lineTo({ toBoard: through<Uint8Array>(to, []), toHost: through<Message>(from, []) }, { receiveBytes: 120 });
          const code = await codeOf(swap(line));
          expect(["swap-silent", "swap-garbled", "swap-no-time", undefined]).toContain(code);
          if (code === undefined) expect(drivenBy()).toBe(NEW);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("breaks in the middle goes on where it was when it is back", async () => {
    let sent = 0;
    const line = lineTo({}, { receiveBytes: 120 });
    const send = line.send.bind(line);
    const chunks: number[] = [];
    line.send = (message) => {
      if (sent++ === 4) return Promise.reject(new IoError("the cable is out", "put it in"));
      if (message.kind === "swap-chunk") chunks.push(message.offset);
      return send(message);
    };
    expect(await swap(line)).toMatchObject({ resumed: 1 });
    expect(new Set(chunks).size).toBe(chunks.length);
    expect(drivenBy()).toBe(NEW);
  });

  it("ends for good ends the swap", async () => {
    const line = lineTo();
    const gone = new IoError("the port is gone", "plug it in");
    line.send = () => Promise.reject(gone);
    line.whenHere = () => Promise.reject(gone);
    await expect(swap(line)).rejects.toBe(gone);
  });

  it("leads to a board that is reset in the middle begins again", async () => {
    let count = 0;
    const line = lineTo(
      {
        toBoard: (frame) => {
          if (count++ === 3) bench.call("bench_start");
          return [frame];
        },
      },
      { receiveBytes: 120 },
    );
    expect(await swap(line)).toMatchObject({ resumed: 1 });
    expect(drivenBy()).toBe(NEW);
  });

  it("garbles every chunk is given up", async () => {
    const line = lineTo();
    const send = line.send.bind(line);
    line.send = (message) => send(message.kind === "swap-chunk" ? { ...message, bytes: message.bytes.map((byte) => byte ^ 1) } : message);
    expect(await codeOf(swap(line))).toBe("swap-garbled");
    expect(drivenBy()).toBe(0);
  });

  it("leads to a board that never answers is given up", async () => {
    expect(await codeOf(swap(lineTo({ toBoard: () => [] })))).toBe("swap-silent");
  });
});

describe("a board refuses", () => {
  it.each([
    [{ schemaHash: "fedcba9876543211" }, "swap-other-schema"],
    [{ layoutHash: "00000000000000ab" }, "swap-other-layout"],
    [{ parameters: update.parameters.slice(1) }, "swap-wrong-size"],
    [{ vectors: [vector(1, NEW), vector(1, NEW + 1)] }, "swap-wrong-output"],
  ])("%o", async (wrong, code) => {
    expect(await codeOf(swap(lineTo(), { ...update, ...wrong }))).toBe(code);
    expect(drivenBy()).toBe(0);
  });

  it("what its ticks leave no time for, and says what to do", async () => {
    bench = new Bench(agent, { policyUs: 60_000 });
    bench.ask(setMode("auto", "sensors"));
    bench.pass(PERIOD_US);
    const line = lineTo();
    const pulse = (): void => {
      void line.send({ kind: "pulse", hostUs: 0, acknowledged: 0, window: 0 });
      line.timer.after(200, pulse);
    };
    pulse();
    expect(await codeOf(swap(line))).toBe("swap-no-time");
    expect(drivenBy()).toBe(0);
  });
});
