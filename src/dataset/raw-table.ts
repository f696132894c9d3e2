// What the readers of tables (CSV, JSON lines) hand to the importer: cells in the spec's order, not yet judged. And the names by
// which a column may call itself.

import { warningDiagnostic, type Diagnostic, type SourcePlace } from "../core/diagnostic.ts";
import { actionColumns, observationColumns, type RobotSpec } from "../artifacts/robot-spec.ts";
import type { BadRowKind } from "./bad-rows.ts";

/** A row as read. Its cells stand in slots: observation channels, action channels, time, episode; undefined where it has none. */
export type RawRow =
  | { readonly kind: "cells"; readonly line: number; readonly cells: readonly unknown[] }
  | { readonly kind: "bad"; readonly line: number; readonly reason: BadRowKind; readonly message: string };

export interface TextFile {
  readonly name: string;
  readonly text: string;
}

/** Slots of a row by the column names they go by. */
export class ColumnSlots {
  /** The name to write for each channel, in slot order; prefixed where observation and action share a name. */
  readonly channelNames: readonly string[];
  readonly timeSlot: number;
  readonly episodeSlot: number;
  private readonly slots = new Map<string, number>();

  constructor(spec: RobotSpec) {
    const observed = observationColumns(spec);
    const acted = actionColumns(spec);
    this.channelNames = [...observed, ...acted.map((name) => (observed.includes(name) ? `action.${name}` : name))];
    this.timeSlot = this.channelNames.length;
    this.episodeSlot = this.timeSlot + 1;
    this.channelNames.forEach((name, slot) => {
      this.name(slot, name);
    });
    observed.forEach((name, index) => {
      this.name(index, `observation.${name}`, `observation[${index}]`);
    });
    acted.forEach((name, index) => {
      this.name(observed.length + index, `action.${name}`, `action[${index}]`);
    });
    if (acted.length === 1) this.name(observed.length, "action", "action.label");
    this.name(this.timeSlot, "time", "timestamp", "t");
    this.name(this.episodeSlot, "episode");
  }

  /** Slots in a row. */
  get count(): number {
    return this.episodeSlot + 1;
  }

  /** The slot of a column, whatever its case; undefined when the spec has no use for it. */
  find(name: string): number | undefined {
    return this.slots.get(name.trim()) ?? this.slots.get(name.trim().toLowerCase());
  }

  /** First come, first served: a field of the spec called `t` is that field, not the time. */
  private name(slot: number, ...names: readonly string[]): void {
    for (const name of names) {
      for (const key of [name, name.toLowerCase()]) if (!this.slots.has(key)) this.slots.set(key, slot);
    }
  }
}

/** A few names and how many more. */
export function listNames(names: readonly string[], shown = 6): string {
  const rest = names.length - shown;
  return rest > 0 ? `${names.slice(0, shown).join(", ")} and ${rest} more` : names.join(", ");
}

export function place(file: TextFile, line: number): SourcePlace {
  return { file: file.name, line };
}

/** The warning about columns that the spec has no use for. */
export function ignoredColumns(names: readonly string[], file: TextFile, line: number): Diagnostic {
  const quoted = names.map((name) => JSON.stringify(name.trim()));
  const hint = "nothing to do, unless one of them was meant to be a field of robot.ts";
  return warningDiagnostic(
    "import-ignored-column",
    `columns that robot.ts does not have are ignored: ${listNames(quoted)}`,
    hint,
    place(file, line),
  );
}
