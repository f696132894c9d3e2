// In: a table of demonstrations that someone else recorded (CSV or JSON lines). Out: episodes, and an account of every row that
// cannot be used. A row that is left out ends its episode, so that no gap is ever bridged.

import { assert, at } from "../core/assert.ts";
import { errorDiagnostic, failure, warningDiagnostic, type Diagnostic, type Outcome } from "../core/diagnostic.ts";
import { ACTORS, type Episode } from "../artifacts/episode.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import { BadRows, type BadRowKind, type ImportOptions, type ImportReport } from "./bad-rows.ts";
import { actionChannels, channelFault, observationChannels, type Channel } from "./channels.ts";
import { readDelimitedText } from "./delimited-text.ts";
import { readJsonLines } from "./json-lines.ts";
import { LabelIndex } from "./labels.ts";
import { ColumnSlots, type RawRow, type TextFile } from "./raw-table.ts";

/** Demonstrations from CSV or JSON lines; which of them is told from the text. Every tick counts as the expert's.
 * Without a header the columns are the spec's observation channels, then its action; with one they are found by name, and `time`
 * (seconds) and `episode` are heeded. Where there is no time, row n is at n / rateHz. */
export function importTable(spec: RobotSpec, file: TextFile, options: ImportOptions): ImportReport {
  const badRows = new BadRows(file.name);
  const slots = new ColumnSlots(spec);
  const table = readRows(spec, slots, file);
  if (!table.ok) return { ...badRows.report(0, 0, options.skipBad, [], []), outcome: table };
  const rows = new RowReader(spec, slots, table.value.length);
  table.value.forEach((row, index) => {
    const problem = rows.read(row, index, options.episodeGapSeconds ?? Math.max(1, 5 / spec.rateHz));
    if (problem !== null) badRows.add(problem.kind, problem.message, row.line);
  });
  return badRows.report(table.value.length, rows.used, options.skipBad, rows.episodes(file.name), [
    ...table.warnings,
    ...rows.warnings(file.name),
  ]);
}

function readRows(spec: RobotSpec, slots: ColumnSlots, file: TextFile): Outcome<readonly RawRow[]> {
  const start = /[^\s\uFEFF]/.exec(file.text)?.[0];
  if (start === "{" || /\.(jsonl|ndjson)$/i.test(file.name)) return readJsonLines(slots, file);
  if (start !== "[") return readDelimitedText(spec, slots, file);
  const hint = "write one object a line, without the brackets and the commas between them (JSON lines)";
  return failure(errorDiagnostic("import-json-array", "the file is one JSON array", hint, { file: file.name, line: 1 }));
}

interface Problem {
  readonly kind: BadRowKind;
  readonly message: string;
}

/** A recording counts nanoseconds in 64 bits; seconds since 1970 stay below this until 2255. */
const LATEST_SECONDS = 9e9;

/** Judges rows one after another and keeps the good ones, with the places where an episode starts. */
class RowReader {
  used = 0;
  private readonly spec: RobotSpec;
  private readonly slots: ColumnSlots;
  private readonly channels: readonly Channel[];
  private readonly labels: readonly (LabelIndex | null)[];
  private readonly observed: number;
  private readonly seconds: Float64Array;
  private readonly observations: Float32Array;
  private readonly actions: Float32Array;
  private readonly scratch: Float32Array;
  /** Tick at which each episode starts. */
  private readonly starts: number[] = [];
  private cut = true;
  private episode: unknown;
  private labelsByNumber = 0;
  /** Seconds between neighbouring rows, where the file gives the time. */
  private readonly steps: number[] = [];

  constructor(spec: RobotSpec, slots: ColumnSlots, capacity: number) {
    const observed = observationChannels(spec);
    this.spec = spec;
    this.slots = slots;
    this.channels = [...observed, ...actionChannels(spec)];
    this.labels = this.channels.map(({ field }) => (field.kind === "choice" ? new LabelIndex(field.labels) : null));
    this.observed = observed.length;
    this.seconds = new Float64Array(capacity);
    this.observations = new Float32Array(capacity * this.observed);
    this.actions = new Float32Array(capacity * (this.channels.length - this.observed));
    this.scratch = new Float32Array(this.channels.length);
  }

  /** Why the row cannot be used; null when it was. */
  read(row: RawRow, index: number, gapSeconds: number): Problem | null {
    if (row.kind === "bad") {
      this.cut = true;
      return { kind: row.reason, message: row.message };
    }
    const problem = this.judge(row.cells);
    if (problem === null) this.keep(row.cells, index, gapSeconds);
    else this.cut = true;
    return problem;
  }

  /** The ticks kept, cut where an episode starts; time counts from the earliest. */
  episodes(source: string): Episode[] {
    const acted = this.channels.length - this.observed;
    const origin = this.seconds.subarray(0, this.used).reduce((earliest, each) => Math.min(earliest, each), Infinity);
    return this.starts.map((start, index) => {
      const end = this.starts[index + 1] ?? this.used;
      const actions = this.actions.slice(start * acted, end * acted);
      return {
        source: this.starts.length === 1 ? source : `${source}: episode ${index + 1}`,
        seconds: this.seconds.slice(start, end).map((each) => each - origin),
        observations: this.observations.slice(start * this.observed, end * this.observed),
        actions,
        labels: actions.slice(),
        actors: new Uint8Array(end - start).fill(ACTORS.indexOf("expert")),
      };
    });
  }

  warnings(file: string): Diagnostic[] {
    const found: Diagnostic[] = [];
    if (this.labelsByNumber > 0) {
      const message = `${this.labelsByNumber} labels are given as numbers, read as positions in robot.ts counted from 0`;
      found.push(warningDiagnostic("import-label-number", message, "write the labels' names if the file counts from 1", { file }));
    }
    const period = this.steps.sort((left, right) => left - right)[this.steps.length >> 1] ?? 1 / this.spec.rateHz;
    if (period * this.spec.rateHz > 2 || period * this.spec.rateHz < 0.5) {
      const message = `the rows are ${period.toPrecision(3)} s apart, but robot.ts says ${this.spec.rateHz} ticks a second`;
      found.push(warningDiagnostic("import-rate", message, "give the time in seconds, or correct rateHz", { file }));
    }
    return found;
  }

  private judge(cells: readonly unknown[]): Problem | null {
    for (let slot = 0; slot < this.channels.length; slot++) {
      const channel = at(this.channels, slot);
      const cell = cells[slot];
      const value = this.value(slot, cell);
      this.scratch[slot] = value;
      const kind = channelFault(channel, at(this.scratch, slot));
      if (kind !== null) return { kind, message: faultMessage(kind, channel, cell) };
    }
    const time = cells[this.slots.timeSlot];
    if (time === undefined || Math.abs(numberOf(time)) <= LATEST_SECONDS) return null;
    if (!Number.isFinite(numberOf(time))) return { kind: "not-a-number", message: `time is ${shown(time)}` };
    return { kind: "out-of-range", message: `time is ${shown(time)}, which can hardly be seconds` };
  }

  private value(slot: number, cell: unknown): number {
    const labels = at(this.labels, slot);
    const number = numberOf(cell);
    if (labels === null) return number;
    const named = typeof cell === "string" ? labels.find(cell) : undefined;
    if (named !== undefined) return named;
    if (isEmpty(cell)) return NaN;
    if (Number.isFinite(number)) this.labelsByNumber += 1;
    return Number.isFinite(number) ? number : -1;
  }

  private keep(cells: readonly unknown[], index: number, gapSeconds: number): void {
    assert(this.used < this.seconds.length, "more rows than announced");
    const time = cells[this.slots.timeSlot];
    const seconds = time === undefined ? index / this.spec.rateHz : numberOf(time);
    const step = seconds - (this.seconds[this.used - 1] ?? seconds);
    const follows = !this.cut && cells[this.slots.episodeSlot] === this.episode && step >= 0;
    if (!follows || step > gapSeconds) this.starts.push(this.used);
    if (follows && time !== undefined) this.steps.push(step);
    this.cut = false;
    this.episode = cells[this.slots.episodeSlot];
    this.seconds[this.used] = seconds;
    this.observations.set(this.scratch.subarray(0, this.observed), this.used * this.observed);
    this.actions.set(this.scratch.subarray(this.observed), this.used * (this.channels.length - this.observed));
    this.used += 1;
  }
}

function isEmpty(cell: unknown): boolean {
  return cell === undefined || cell === null || (typeof cell === "string" && (cell.trim() === "" || cell.trim().toLowerCase() === "nan"));
}

/** The number that a cell holds; NaN for anything else. */
function numberOf(cell: unknown): number {
  return isEmpty(cell) || typeof cell === "boolean" ? NaN : Number(cell);
}

function shown(cell: unknown): string {
  return isEmpty(cell) ? "empty" : `${JSON.stringify(cell)}, which is not a number`;
}

function faultMessage(kind: BadRowKind, channel: Channel, cell: unknown): string {
  if (kind === "out-of-range") return `${channel.name} is ${String(cell)}, outside @range ${rangeText(channel)}`;
  if (kind === "not-a-number" || channel.field.kind !== "choice") return `${channel.name} is ${shown(cell)}`;
  return `${channel.name} is ${JSON.stringify(cell)}; robot.ts knows ${channel.field.labels.join(", ")}`;
}

function rangeText({ field }: Channel): string {
  return field.kind === "number" ? `${field.range.minimum} ${field.range.maximum}` : "";
}
