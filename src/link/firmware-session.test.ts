// The host's session and the C firmware, with nothing but the test bench's line between them.

import { beforeAll, beforeEach, expect, it } from "vitest";
import type { BytePort } from "../core/io.ts";
import type { TickRecord } from "./messages.generated.ts";
import { BoardSession } from "./session.ts";
import { Bench, buildFirmware, motorBlob, motorOf, observation, PERIOD_US, type Machine } from "./testing/firmware-bench.ts";
import { HandTimer } from "./testing/hand-timer.ts";

let agent: Machine;
let bench: Bench;
let timer: HandTimer;
let session: BoardSession;
/** Polls the board and hands the host what came. */
let deliver: () => void;

beforeAll(async () => {
  agent = await buildFirmware("agent");
});

beforeEach(async () => {
  bench = new Bench(agent);
  timer = new HandTimer();
  let receive: (bytes: Uint8Array) => void = () => undefined;
  let close: (reason: string) => void = () => undefined;
  deliver = () => {
    bench.poll();
    receive(bench.takeBytes());
  };
  const port: BytePort = {
    url: "emu:bench",
    write: (bytes) => {
      bench.sendBytes(bytes);
      deliver();
      return Promise.resolve();
    },
    onData: (listener) => void (receive = listener),
    onClose: (listener) => void (close = listener),
    close: () => {
      close("closed here");
      return Promise.resolve();
    },
  };
  session = await BoardSession.connect(port, { timeoutMs: 1000, timer });
});

it("drives it in lock-step from hello to close", async () => {
  expect(session.hello).toMatchObject({ name: "test-robot", ringTicks: 64 });
  await session.setMode("auto", "host");
  for (let tick = 0; tick < 600; tick++) expect((await session.observe(tick, observation((tick % 200) / 100))).faults).toEqual([]);
  await session.setMode("assist", "host");
  expect(motorOf(await session.observe(600, observation(1)))).toBeCloseTo(0.6);
  await session.act(motorBlob(0.5));
  expect(motorOf(await session.observe(601, observation(1)))).toBe(0.5);
  await session.handBack();
  expect(motorOf(await session.observe(602, observation(1)))).toBeCloseTo(0.6);
  await session.stop();
  expect((await session.observe(603, observation(1))).mode).toBe("safe");
  expect(session.statistics).toMatchObject({ badFrames: 0, lostFrames: 0, unknownFrames: 0 });
  await session.close();
});

it("hears every tick that it drives by its own sensors, and keeps it from standing", async () => {
  const ticks: TickRecord[] = [];
  session.onTick((tick) => ticks.push(tick));
  await session.setMode("auto", "sensors");
  for (let step = 0; step < 200; step++) {
    bench.set({ nowUs: bench.get("nowUs") + PERIOD_US / 10 });
    await timer.advance(PERIOD_US / 10_000);
    deliver();
  }
  expect(ticks.map(({ tick }) => tick)).toEqual(Array.from({ length: 20 }, (_, tick) => tick));
  for (const tick of ticks) expect(tick).toMatchObject({ mode: "auto", actor: "policy", faults: [] });
  await session.close();
});
