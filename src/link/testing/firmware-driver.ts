// A host for the firmware on its bench that hears every tick: what random lives of a robot are driven with.

import type { ModeMessage, ProblemCode, Source, TickRecord } from "../messages.generated.ts";
import { Bench, observation, PERIOD_US, recordsIn, type Machine } from "./firmware-bench.ts";
import type { RobotRules, TickConditions } from "./robot-model.ts";

/** Steps in which time passes for the board. */
export const STEP_US = 10_000;

export class Driver {
  readonly bench: Bench;
  /** Everything that the board told, by kind. */
  readonly modes: ModeMessage[] = [];
  readonly problems: ProblemCode[] = [];
  readonly records: TickRecord[] = [];
  /** Of the records, those that came by telemetry and not in lock-step. */
  private acknowledged = 0;
  private asked = 0;

  constructor(machine: Machine, { ready, neutral, slew }: Pick<RobotRules, "ready" | "neutral" | "slew">) {
    this.bench = new Bench(machine, { policyStarts: ready ? 1 : 0, neutral, slew });
    this.hear();
  }

  /** @returns the records among it. */
  hear(): readonly TickRecord[] {
    const messages = this.bench.take();
    for (const message of messages) {
      if (message.kind === "mode") this.modes.push(message);
      if (message.kind === "problem") this.problems.push(message.code);
    }
    const records = recordsIn(messages);
    this.records.push(...records);
    return records;
  }

  hearTelemetry(): void {
    this.acknowledged += this.hear().length;
  }

  /** A sign of life, and time to tell what was not listened to. */
  pulse(): void {
    this.bench.send({ kind: "pulse", hostUs: 0, acknowledged: this.acknowledged, window: 1000 });
    this.bench.poll();
    this.hearTelemetry();
  }

  /** What the next ticks find. */
  prepare({ reading, expert, policyWorks, slow }: TickConditions): void {
    this.bench.set({
      sensorWorks: reading === null ? 0 : 1,
      distance: reading ?? 0,
      expertDrives: expert === null ? 0 : 1,
      expertMotor: expert ?? 0,
      policyWorks: policyWorks ? 1 : 0,
      readUs: slow ? PERIOD_US + STEP_US : 0,
    });
  }

  tick(source: Source, conditions: TickConditions): void {
    this.prepare(conditions);
    if (source === "sensors") {
      this.pulse();
      this.bench.pass(PERIOD_US, STEP_US);
      this.hearTelemetry();
    } else {
      this.bench.send({ kind: "observe", tick: this.asked++, observation: observation(conditions.reading ?? NaN) });
      this.hear();
    }
  }
}
