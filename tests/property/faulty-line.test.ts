// The real firmware and the real host side on a line that drops, flips, doubles, reorders, delays, stalls and splits a hundredth of all
// frames each, with a board that is reset and a port that changes its name: no wrong frame gets through, each tick is accounted for,
// and the robot stands whenever nobody is heard. FULL=1 runs 100,000 ticks a case.

import { describe, expect, it } from "vitest";
import { IoError } from "../../src/core/io.ts";
import { Random } from "../../src/core/random.ts";
import type { FaultSettings } from "../../src/host/ports/fault-settings.ts";
import type { Mode } from "../../src/link/messages.generated.ts";
import type { BoardSession } from "../../src/link/session.ts";
import { motorBlob, observation, PERIOD_US } from "../../src/link/testing/firmware-bench.ts";
import { buildTappedFirmware, FaultyRig } from "./faulty-line-rig.ts";

const TICKS = process.env["FULL"] === undefined ? 30_000 : 100_000;
const PERIOD_MS = PERIOD_US / 1000;
/** How long a session may take for what is left when nothing new is asked of it. */
const LONGEST_REST_MS = 60_000;

const share = 0.01;
const SHARES: FaultSettings["shares"] = {
  ...{ drop: share, flip: share, duplicate: share, reorder: share, delay: share, stall: share, split: share },
  ...{ reset: 0.001, rename: 0.001 },
};

const TASKS = ["teleop", "assist", "shadow", "auto", "safe", "stop", "lock-step"];

/** Somebody who works with the robot: a mode, a while in it, the next one. */
class Person {
  readonly done = new Map<string, number>();
  over = false;
  private readonly rig: FaultyRig;
  private readonly session: BoardSession;
  private readonly random: Random;
  private lockStepTick = 0;

  constructor(rig: FaultyRig, session: BoardSession, seed: number) {
    this.rig = rig;
    this.session = session;
    this.random = new Random(seed + 1000);
  }

  async work(): Promise<void> {
    const tasks = [
      ...(["teleop", "assist", "shadow"] as const).map((mode) => () => this.driveIn(mode)),
      ...[() => this.watch("auto"), () => this.watch("safe"), () => this.stop(), () => this.lockStep()],
    ];
    while (!this.over) {
      try {
        await tasks[this.random.integer(tasks.length)]?.();
      } catch (error) {
        if (!(error instanceof IoError)) throw error;
        this.count("interrupted");
        await this.session.whenHere();
      }
    }
  }

  private async driveIn(mode: Mode): Promise<void> {
    await this.enter(mode);
    for (let acts = this.random.integer(30); acts > 0; acts--) {
      await this.session.act(motorBlob(this.random.uniform(-1, 1)));
      await this.wait(PERIOD_MS);
    }
    if (mode === "assist") await this.session.handBack();
    await this.wait(this.random.uniform(0, 1000));
    this.count(mode);
  }

  private async watch(mode: Mode): Promise<void> {
    await this.enter(mode);
    await this.wait(this.random.uniform(0, 5000));
    this.count(mode);
  }

  private async stop(): Promise<void> {
    await this.session.stop();
    this.rig.stoppedMs = this.rig.timer.now();
    await this.wait(this.random.uniform(0, 2000));
    this.count("stop");
  }

  /** The policy's output is its first input. */
  private async lockStep(): Promise<void> {
    await this.enter("auto", "host");
    for (let ticks = this.random.integer(20); ticks > 0; ticks--) {
      const distance = Math.fround(this.random.uniform(0, 2));
      this.rig.observed = observation(distance);
      const record = await this.session.observe(++this.lockStepTick, this.rig.observed);
      expect(record.observation).toEqual(this.rig.observed);
      expect([...record.output]).toEqual([Math.trunc(distance * 60)]);
    }
    await this.enter("safe");
    this.count("lock-step");
  }

  private async enter(mode: Mode, source: "sensors" | "host" = "sensors"): Promise<void> {
    this.rig.stoppedMs = null;
    await this.session.setMode(mode, source);
  }

  private wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.rig.timer.after(milliseconds, resolve));
  }

  private count(what: string): void {
    this.done.set(what, (this.done.get(what) ?? 0) + 1);
  }
}

describe("a line with 1 % of each fault", () => {
  it.each([
    { seed: 1, ringTicks: 64, baudRate: null },
    { seed: 2, ringTicks: 8, baudRate: 115_200 },
  ])(
    "loses and invents nothing, and the robot stands whenever nobody is heard (ring of $ringTicks, seed $seed)",
    async ({ seed, ringTicks, baudRate }) => {
      const rig = new FaultyRig(await buildTappedFirmware([`ROBOT_RING_TICKS=${ringTicks}u`]), { shares: SHARES, baudRate, seed });
      const connecting = rig.connect();
      await rig.pass(3000);
      const session = await connecting;
      const person = new Person(rig, session, seed);
      person.work().catch((error: unknown) => {
        rig.fail(error);
      });
      while (rig.ledger.happened < TICKS) await rig.pass(1000);
      person.over = true;
      for (let restMs = 0; !rig.ledger.upToDate && restMs < LONGEST_REST_MS; restMs += PERIOD_MS) await rig.pass(PERIOD_MS);

      const { ledger, boots, silences } = rig;
      expect(ledger.upToDate).toBe(true);
      // At most what a board ticks until its first word, and behind its last.
      expect(ledger.untold).toBeLessThanOrEqual(boots);
      // It was as bad as it should be.
      expect(silences).toBeGreaterThan(TICKS / 200);
      expect(ledger.resets).toBeGreaterThan(TICKS / 2000);
      expect(session.statistics.badFrames).toBeGreaterThan(TICKS / 50);
      for (const task of TASKS) expect(person.done.get(task)).toBeGreaterThan(TICKS / 1000);
      if (ringTicks < 10) expect(ledger.gaps).toBeGreaterThan(TICKS / 1000);
    },
    3_600_000,
  );
});
