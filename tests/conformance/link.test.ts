// The agent on every board, in real time: who it says it is, its ticks in lock-step and by its own sensors, who drives in which mode,
// and what becomes of a stop, of silence, of lost frames, of new parameters, of its reset button, and of a line that is faulty all over.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { at } from "../../src/core/assert.ts";
import { hash64 } from "../../src/core/hash.ts";
import { silentProgress, type RunningBoard } from "../../src/core/io.ts";
import { Random } from "../../src/core/random.ts";
import type { PolicyBundle } from "../../src/artifacts/policy-bundle.ts";
import { emulatedTarget, firmwareSources, type Target } from "../../src/cli/target.ts";
import { flashImage } from "../../src/host/flash-image.ts";
import { FaultyDevice } from "../../src/host/ports/faulty-port.ts";
import { NO_FAULTS } from "../../src/host/ports/fault-settings.ts";
import { TELEOP_TICKS, type Message, type Mode, type Reason, type TickRecord } from "../../src/link/messages.generated.ts";
import { BoardSession } from "../../src/link/session.ts";
import { revertParameters } from "../../src/link/swap.ts";
import type { TickGap } from "../../src/link/telemetry.ts";
import { actionFromWire, actionToWire, observationFromWire, observationToWire } from "../../src/link/wire.ts";
import { compileAgent } from "../../src/pipeline/firmware.ts";
import { int8Policy, type Int8Policy } from "../../src/pipeline/policy.ts";
import { putUpdate, swapUpdate } from "../../src/pipeline/swap.ts";
import { requires } from "../requires.ts";
import { expertDrives, EXPERT_SPEED, linkRobot, withLinkRobot } from "./link-robot.ts";
import { ListeningPort } from "./listening-port.ts";
import { randomBundle, randomObservation } from "./robot.ts";
import { TARGETS } from "./targets.ts";

const { spec } = linkRobot;
const TIMEOUT_MS = 10_000;
const TICKS = 200;
const LOCK_STEP_TICKS = 50;
const FAULTY_TICKS = 300;
const BUNDLE = randomBundle(linkRobot, 2);
/** Another training of the same network. */
const OTHER: PolicyBundle = randomBundle(linkRobot, 4);

const speedBlob = (speed: number): Uint8Array => actionToWire(spec, [speed]);
const isMode = (reason: Reason) => (message: Message) => message.kind === "mode" && message.reason === reason;

/** A tick with its blobs read. */
interface Tick extends TickRecord {
  readonly readings: number;
  /** What the actuators got last before it. */
  readonly before: number;
  readonly speed: number;
}

function read(record: TickRecord): Tick {
  const [readings, before] = observationFromWire(spec, record.observation) ?? [];
  const [speed] = actionFromWire(spec, record.action) ?? [];
  if (readings === undefined || before === undefined || speed === undefined) throw new Error("a tick of another robot");
  return { ...record, readings, before, speed };
}

for (const { board: id, tools } of TARGETS.filter(({ board }) => board !== "host")) {
  describe.skipIf(requires(...tools))(`link and agent on ${id}`, () => {
    let target: Target;
    let image: Uint8Array;
    let slots: number;
    let ringTicks: number;
    let running: RunningBoard;
    let port: ListeningPort;
    let session: BoardSession;
    const ticks: Tick[] = [];
    const gaps: TickGap[] = [];
    const events: string[] = [];

    beforeAll(async () => {
      target = await emulatedTarget(id);
      const project = withLinkRobot(compileAgent(linkRobot, BUNDLE, target.board, { runtime: "c" }, await firmwareSources()));
      slots = project.memory?.parameterSlots ?? 0;
      ringTicks = project.memory?.ringTicks ?? 0;
      const built = await target.toolchain.build(project.request);
      // What a real board is flashed with, where that is another file.
      image = flashImage(target.board.flash, built.image)?.bytes ?? built.image;
      running = await target.emulator.boot(image);
      port = new ListeningPort(running.port);
      session = await BoardSession.connect(port, { timeoutMs: TIMEOUT_MS });
      session.onTick((record) => ticks.push(read(record)));
      session.onGap((gap) => gaps.push(gap));
      session.onLink(({ kind }) => events.push(kind));
    });

    afterAll(async () => {
      await session.close();
      await running.stop();
    });

    /** The ticks from now on, until this holds of them. */
    function ticksUntil(done: (ticks: readonly Tick[]) => boolean): Promise<Tick[]> {
      const from = ticks.length;
      return new Promise((resolve) => {
        const forget = session.onTick(() => {
          const since = ticks.slice(from);
          if (!done(since)) return;
          forget();
          resolve(since);
        });
      });
    }

    const ticksIn = (mode: Mode, count: number) => (since: readonly Tick[]) => since.filter((tick) => tick.mode === mode).length >= count;

    /** Drives in a mode until this holds of the ticks in it. On a busy machine a board misses deadlines: it is put back. */
    async function drive(mode: Mode, done: (ticks: readonly Tick[]) => boolean): Promise<Tick[]> {
      await session.setMode(mode, "sensors");
      const forget = session.onMode(({ reason }) => {
        if (reason === "deadline-missed" || reason === "link-lost") session.setMode(mode, "sensors").catch(() => undefined);
      });
      const since = await ticksUntil((each) => done(each.filter((tick) => tick.mode === mode)));
      forget();
      return since.filter((tick) => tick.mode === mode);
    }

    async function expectLockStep(policy: Int8Policy, seed: number): Promise<void> {
      const random = new Random(seed);
      await session.setMode("auto", "host");
      for (let tick = 0; tick < LOCK_STEP_TICKS; tick++) {
        const observation = randomObservation(spec, random);
        const record = await session.observe(1000 * seed + tick, observationToWire(spec, observation));
        expect(record).toMatchObject({ mode: "auto", actor: "policy", faults: [], output: policy.output(observation) });
        expect(actionFromWire(spec, record.action)).toEqual(policy.action(observation));
      }
      ticks.length = 0;
      await session.setMode("safe", "sensors");
    }

    test("boots in safe and says who it is", () => {
      expect(port.heard[0]).toEqual({ kind: "mode", mode: "safe", source: "sensors", reason: "boot" });
      expect(session.hello).toMatchObject({
        application: "agent",
        name: "link-robot",
        schemaHash: linkRobot.version.hash,
        schemaRevision: 1,
        policyHash: BUNDLE.policyHash,
        periodUs: 20_000,
        observationBytes: 8,
        actionBytes: 4,
        inputBytes: 2,
        outputBytes: 1,
        ringTicks,
        linkTimeoutUs: 500_000,
      });
      expect(session.hello.layoutHash === "0".repeat(16)).toBe(slots === 0);
    });

    test("stands in safe, and tells each tick", async () => {
      const since = await ticksUntil((each) => each.length >= 10);
      for (const tick of since) expect(tick).toMatchObject({ mode: "safe", actor: "neutral", speed: 0 });
      expect(at(since, since.length - 1).before).toBe(0);
    });

    test("equals the oracle in lock-step", async () => {
      await expectLockStep(int8Policy(spec, BUNDLE.form, BUNDLE.graph), 1);
    });

    test("drives by its own sensors as the oracle does, and every tick is there or known to be lost", async () => {
      const oracle = int8Policy(spec, BUNDLE.form, BUNDLE.graph);
      gaps.length = 0;
      ticks.length = 0;
      await drive("auto", (each) => each.length >= TICKS);
      for (const [index, tick] of ticks.entries()) {
        const next = ticks[index + 1] ?? { ...tick, tick: tick.tick + 1, readings: tick.readings + 1, before: tick.speed };
        const missing = next.tick - tick.tick - 1;
        // On a busy machine the ring may be too short: what is missing then was said.
        expect(missing).toBeGreaterThanOrEqual(0);
        if (missing > 0) expect(gaps).toContainEqual({ tick: tick.tick + 1, count: missing });
        expect(next).toMatchObject({ tick: tick.tick + 1 + missing, readings: tick.readings + 1 + missing });
        // Between ticks it may have been stopped.
        if (missing === 0) expect([tick.speed, 0]).toContain(next.before);
        if (tick.actor !== "policy") continue;
        const observation = Float32Array.of(tick.readings, tick.before);
        expect({ output: tick.output, action: Float32Array.of(tick.speed) }).toEqual({
          output: oracle.output(observation),
          action: oracle.action(observation),
        });
      }
    });

    test("obeys the host in teleop, but the expert on board first, and stands when it hears no more", async () => {
      const acting = session.onTick(() => void session.act(speedBlob(-0.25)));
      const driven = await drive("teleop", (each) => [true, false].every((hands) => each.some((tick) => isDriven(tick, hands))));
      for (const tick of driven.filter(({ actor }) => actor === "expert")) {
        const onBoard = expertDrives(tick.readings);
        expect(tick.circumstances.includes("on-board")).toBe(onBoard);
        expect(tick.speed).toBe(onBoard ? EXPERT_SPEED : -0.25);
      }
      acting();
      const late = await ticksUntil((each) => each.some((tick) => tick.faults.includes("link-lost") && tick.actor === "neutral"));
      expect(at(late, late.length - 1).speed).toBe(0);
    });

    /** Whether an expert had it: the one on board or the host. */
    const isDriven = (tick: Tick, onBoard: boolean): boolean => tick.actor === "expert" && expertDrives(tick.readings) === onBoard;

    test("lets an action count for no more than its ticks", async () => {
      await drive("teleop", (each) => each.some(({ readings }) => readings % 64 === 1));
      await session.act(speedBlob(1));
      const since = await ticksUntil((each) => each.some(({ actor }, index) => actor === "neutral" && each[index - 1]?.actor === "expert"));
      const counted = since.filter((tick) => isDriven(tick, false));
      expect(counted.length).toBeGreaterThan(0);
      expect(counted.length).toBeLessThanOrEqual(TELEOP_TICKS);
    });

    test("is taken over in assist and handed back", async () => {
      await drive("assist", (each) => each.some(({ actor, readings }) => actor === "policy" && readings % 64 < 20));
      await session.act(speedBlob(0.75));
      const taken = await ticksUntil((each) => each.some((tick) => isDriven(tick, false)));
      expect(at(taken, taken.length - 1).speed).toBe(0.75);
      await session.handBack();
      await ticksUntil((each) => each.some(({ actor }) => actor === "policy"));
    });

    test("lets the policy run beside in shadow", async () => {
      const acting = session.onTick(() => void session.act(speedBlob(0.125)));
      const since = await drive("shadow", (each) => each.some((tick) => isDriven(tick, false)));
      acting();
      const oracle = int8Policy(spec, BUNDLE.form, BUNDLE.graph);
      for (const tick of since) {
        expect(tick.circumstances).toContain("inferred");
        expect(tick.output).toEqual(oracle.output(Float32Array.of(tick.readings, tick.before)));
        if (isDriven(tick, false)) expect(tick.speed).toBe(0.125);
      }
    });

    test("stops at once", async () => {
      await drive("auto", (each) => each.length >= 5);
      await session.stop();
      const since = await ticksUntil(ticksIn("safe", 3));
      for (const tick of since.filter(({ mode }) => mode === "safe")) expect(tick).toMatchObject({ actor: "neutral", speed: 0, before: 0 });
    });

    test("goes to safe when the host falls silent, and goes on when it is back", async () => {
      await drive("auto", (each) => each.length >= 5);
      const lost = port.next(isMode("link-lost"));
      port.mute = true;
      expect(await lost).toMatchObject({ mode: "safe", source: "sensors" });
      port.mute = false;
      const since = await ticksUntil(ticksIn("safe", 3));
      const safe = since.filter(({ mode }) => mode === "safe");
      for (const tick of safe) expect(tick).toMatchObject({ actor: "neutral", speed: 0, before: 0 });
      await drive("auto", (each) => each.length >= 5);
    });

    test("sends again what got lost", async () => {
      gaps.length = 0;
      let toLose = 1;
      port.loses = (message) => message.kind === "ticks" && toLose-- > 0;
      const asked = port.said.filter(({ kind }) => kind === "refill").length;
      const from = at(ticks, ticks.length - 1).tick;
      const since = await ticksUntil((each) => each.length >= 20);
      expect(since.map(({ tick }) => tick)).toEqual(since.map((_, index) => from + 1 + index));
      expect(port.said.filter(({ kind }) => kind === "refill").length).toBeGreaterThan(asked);
      expect(gaps).toEqual([]);
    });

    test("takes new parameters and gives the old ones back, or says that it can't", async () => {
      if (slots === 0) {
        expect(() => swapUpdate(linkRobot, OTHER, session.hello)).toThrow("no room to exchange its policy");
        const refusal = port.next(({ kind }) => kind === "swap");
        const nothing = hash64("nothing");
        await session.send({ kind: "swap-revert", policyHash: nothing });
        expect(await refusal).toMatchObject({ outcome: "no-slot", phase: "idle", policyHash: BUNDLE.policyHash });
        return;
      }
      const update = swapUpdate(linkRobot, OTHER, session.hello);
      await drive("auto", (each) => each.length >= 3);
      const result = await putUpdate(session, update, silentProgress).catch(async (error: unknown) => {
        // On a busy machine the board may once have taken so long for an inference that it finds no time for one between ticks.
        expect(error).toMatchObject({ message: expect.stringContaining("leave no time") as string });
        await session.stop();
        return putUpdate(session, update, silentProgress);
      });
      expect(result).toMatchObject({ from: BUNDLE.policyHash, to: OTHER.policyHash });
      await expectLockStep(int8Policy(spec, OTHER.form, OTHER.graph), 2);
      expect(await revertParameters(session, OTHER.policyHash)).toBe(BUNDLE.policyHash);
      await expectLockStep(int8Policy(spec, BUNDLE.form, BUNDLE.graph), 3);
    });

    test("is reset, which is seen, and goes on", async () => {
      if (running.reset === undefined) throw new Error(`${id} has no reset button`);
      await drive("auto", (each) => each.length >= 5);
      events.length = 0;
      const again = ticksUntil((each) => each.some(({ tick, mode }) => tick === 0 && mode === "safe"));
      const back = new Promise<void>((resolve) => {
        session.onLink(({ kind }) => {
          if (kind === "back") resolve();
        });
      });
      await running.reset();
      await back;
      expect(events).toContain("reset");
      const since = await again;
      expect(at(since, since.length - 1)).toMatchObject({ tick: 0, actor: "neutral", speed: 0 });
      await drive("auto", (each) => each.length >= 5);
    });

    test("is driven through a line with 1 % of each fault, and every tick is accounted for", async () => {
      const board = await target.emulator.boot(image);
      const shares = { ...NO_FAULTS.shares, drop: 0.01, flip: 0.01, duplicate: 0.01, reorder: 0.01, delay: 0.01, stall: 0.01, split: 0.01 };
      const device = new FaultyDevice(board.port, { shares, baudRate: null, seed: 7 });
      const faulty = await BoardSession.connect(await device.open(board.port.url), { timeoutMs: TIMEOUT_MS, resume: true });
      let next: number | null = null;
      const wrong: string[] = [];
      const follow = (tick: number, count: number): void => {
        if (next !== null && tick !== next) wrong.push(`${tick} in place of ${next}`);
        next = tick + count;
      };
      await new Promise<void>((resolve) => {
        faulty.onGap(({ tick, count }) => {
          follow(tick, count);
        });
        faulty.onTick((record) => {
          const { tick, speed, actor } = read(record);
          follow(tick, 1);
          if (actor === "neutral" && speed !== 0) wrong.push(`${tick} is not neutral`);
          if (tick >= FAULTY_TICKS) resolve();
          else if (tick % 3 === 0) void faulty.act(speedBlob(0.5));
        });
        void faulty.setMode("shadow", "sensors").catch(() => undefined); // the line may be lost: it is put back
      });
      expect(wrong).toEqual([]);
      await faulty.stop();
      await faulty.close();
      await board.stop();
    });
  });
}
