// What the test robot must do, written a second time and from PROTOCOL.md alone: its table of transitions and its table of who
// acts. The tests of the firmware hold the C against it.

import {
  CIRCUMSTANCES,
  FAULTS,
  MISSED_DEADLINES,
  MODES,
  TELEOP_TICKS,
  TRANSITIONS,
  type Actor,
  type Circumstance,
  type Event,
  type Fault,
  type Mode,
  type ModeMessage,
  type Reason,
  type Source,
} from "../messages.generated.ts";

export interface RobotRules {
  /** Whether the policy starts. */
  readonly ready: boolean;
  readonly autonomous: boolean;
  readonly staleTicks: number;
  readonly neutral: number;
  /** A tick. */
  readonly slew: number;
}

/** What a tick finds. */
export interface TickConditions {
  /** The distance read; null: the sensor does not answer. */
  readonly reading: number | null;
  /** What somebody on board wants; null: hands off. */
  readonly expert: number | null;
  readonly policyWorks: boolean;
  /** It ends later than a period after it was due. */
  readonly slow: boolean;
}

export interface ExpectedTick {
  readonly mode: Mode;
  readonly actor: Actor;
  readonly faults: readonly Fault[];
  readonly circumstances: readonly Circumstance[];
  readonly motor: number;
}

/** What an event makes of a mode; null: nothing. */
export function transition(event: Event, mode: Mode): { readonly mode: Mode; readonly reason: Reason } | null {
  const { targets, reason } = TRANSITIONS[event];
  const target = targets[MODES.indexOf(mode)];
  return target === undefined || target === null ? null : { mode: target, reason };
}

/** The table of who acts, before anything that is wrong with the tick is looked at. */
export function whoActs(mode: Mode, onBoard: boolean, takenOver: boolean): "nobody" | "policy" | "on-board" | "host" {
  switch (mode) {
    case "safe":
      return "nobody";
    case "auto":
      return "policy";
    case "assist":
      if (onBoard) return "on-board";
      return takenOver ? "host" : "policy";
    case "teleop":
    case "shadow":
      return onBoard ? "on-board" : "host";
  }
}

export class RobotModel {
  mode: Mode = "safe";
  source: Source = "sensors";
  /** What the motor was last told. */
  motor: number;
  /** Everything that is to be told with `mode`. */
  readonly told: ModeMessage[] = [];
  private readonly rules: RobotRules;
  private simulated: number;
  private hostAction = 0;
  private actTicks = 0;
  private takenOver = false;
  private missed = 0;
  private held: { readonly distance: number; age: number } | null = null;
  private rested = false;
  private reason: Reason = "boot";
  /** The policy remembers nothing at its next inference. */
  private afresh = true;

  constructor(rules: RobotRules) {
    this.rules = rules;
    this.motor = rules.neutral;
    this.simulated = rules.neutral;
    this.tell("boot");
  }

  request(mode: Mode, source: Source): void {
    const moved = source !== this.source;
    if (moved) {
      this.simulated = this.rules.neutral;
      this.held = null;
      this.missed = 0;
      this.afresh = true;
    }
    this.source = source;
    const refused = (mode === "auto" || mode === "assist") && !this.rules.ready;
    this.happen(refused ? "request-without-policy" : `request-${mode}`);
    if (moved || this.mode === "safe") this.rest();
  }

  stop(): void {
    this.happen("stop");
    this.rest();
  }

  silence(): void {
    if (this.source === "host") return;
    if (this.happen(this.rules.autonomous ? "link-lost-autonomous" : "link-lost")) this.rest();
  }

  /** @returns whether the host may act. */
  act(action: number): boolean {
    if (this.mode === "safe" || this.mode === "auto") return false;
    this.hostAction = action;
    this.actTicks = TELEOP_TICKS;
    this.takenOver = true;
    return true;
  }

  handBack(): void {
    if (this.mode === "assist") {
      this.takenOver = false;
      this.actTicks = 0;
    }
    this.tell(this.reason);
  }

  /** A period in lock-step. */
  period(): void {
    this.motor = this.limit(this.rules.neutral, this.motor);
    this.rested = false;
  }

  tick({ reading, expert, policyWorks, slow }: TickConditions): ExpectedTick {
    const circumstances: Circumstance[] = this.source === "host" ? ["lock-step"] : [];
    const { distance, faults } = this.sense(reading, circumstances);

    let failed = false;
    if (faults.length === 0 && this.rules.ready && this.mode !== "safe" && this.mode !== "teleop") {
      failed = !policyWorks;
      if (failed) this.happen("policy-failed");
      else circumstances.push("inferred", ...(this.afresh ? (["afresh"] as const) : []));
      this.afresh = failed;
    }
    const late = slow && this.source === "sensors";
    if (this.source === "sensors") this.deadline(late);

    const { actor, wanted } = this.choose(distance, expert, faults, circumstances);
    if (late) faults.push("deadline-missed");
    if (failed) faults.push("policy-failed");
    const previous = this.source === "sensors" ? this.motor : this.simulated;
    const motor = this.limit(wanted, previous);
    if (this.source === "host") {
      this.simulated = motor;
    } else {
      this.motor = motor;
      this.rested = false;
    }
    return {
      mode: this.mode,
      actor,
      faults: FAULTS.filter((each) => faults.includes(each)),
      circumstances: CIRCUMSTANCES.filter((each) => circumstances.includes(each)),
      motor,
    };
  }

  private sense(reading: number | null, circumstances: Circumstance[]): { distance: number; faults: Fault[] } {
    if (this.held !== null) this.held.age++;
    if (reading === null) {
      if (this.held !== null && this.held.age <= this.rules.staleTicks) return { distance: this.held.distance, faults: [] };
      return { distance: 0, faults: ["stale"] };
    }
    circumstances.push("observed");
    if (Number.isNaN(reading)) return { distance: 0, faults: ["not-a-number"] };
    if (reading < 0 || reading > 2) return { distance: 0, faults: ["out-of-range"] };
    if (this.source === "sensors") this.held = { distance: reading, age: 0 };
    return { distance: reading, faults: [] };
  }

  private choose(
    distance: number,
    expert: number | null,
    faults: Fault[],
    circumstances: Circumstance[],
  ): { readonly actor: Actor; readonly wanted: number } {
    const who = whoActs(this.mode, expert !== null, this.takenOver);
    const fresh = this.actTicks > 0;
    if (fresh) this.actTicks--;
    if (who === "host" && !fresh) faults.push("link-lost");
    if (faults.length > 0 || who === "nobody") return { actor: "neutral", wanted: this.rules.neutral };
    if (who === "policy") return { actor: "policy", wanted: Math.trunc(Math.fround(distance * 60)) / 100 };
    if (who === "on-board") circumstances.push("on-board");
    return { actor: "expert", wanted: who === "on-board" ? (expert ?? 0) : this.hostAction };
  }

  private deadline(missed: boolean): void {
    this.missed = missed ? this.missed + 1 : 0;
    if (this.missed >= MISSED_DEADLINES) this.happen("deadline-missed");
  }

  private happen(event: Event): boolean {
    const change = transition(event, this.mode);
    if (change === null) return false;
    this.mode = change.mode;
    this.afresh ||= this.mode === "safe" || this.mode === "teleop";
    this.actTicks = 0;
    this.takenOver = false;
    this.tell(change.reason);
    return true;
  }

  private tell(reason: Reason): void {
    this.reason = reason;
    this.told.push({ kind: "mode", mode: this.mode, source: this.source, reason });
  }

  /** Between ticks, one step at most. */
  private rest(): void {
    if (!this.rested) this.motor = this.limit(this.rules.neutral, this.motor);
    this.rested = true;
  }

  private limit(wanted: number, previous: number): number {
    const value = Number.isNaN(wanted) ? this.rules.neutral : Math.min(Math.max(Math.fround(wanted), -1), 1);
    const { slew } = this.rules;
    return Math.min(Math.max(value, Math.fround(previous - slew)), Math.fround(previous + slew));
  }
}
