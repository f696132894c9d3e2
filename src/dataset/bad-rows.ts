// In: rows that an importer could not use, one by one. Out: how many there were of each kind, and diagnostics that point at the
// first of them. A bad row is never used silently: it fails the import, or is left out because the user said so.

import { errorDiagnostic, failure, success, warningDiagnostic, type Diagnostic, type Outcome } from "../core/diagnostic.ts";
import type { Episode } from "../artifacts/episode.ts";
import type { ChannelFault } from "./channels.ts";

/** Unreadable: no JSON object. Ragged: too few or too many values. */
export type BadRowKind = "unreadable" | "ragged" | ChannelFault;

export interface ImportCounts {
  /** Rows with something in them, without the header. */
  readonly rows: number;
  readonly used: number;
  readonly bad: Readonly<Record<BadRowKind, number>>;
}

export interface ImportReport {
  /** Known even where the import failed. */
  readonly counts: ImportCounts;
  readonly outcome: Outcome<readonly Episode[]>;
}

export interface ImportOptions {
  /** Leave bad rows out, and end an episode there, instead of refusing the file. */
  readonly skipBad: boolean;
  /** A step in time beyond this starts a new episode; default 5 ticks, at least a second. */
  readonly episodeGapSeconds?: number;
}

/** Rows of one kind that are pointed at one by one; the rest only count. */
const SHOWN_PER_KIND = 10;

export class BadRows {
  private readonly counts: Record<BadRowKind, number> = {
    unreadable: 0,
    ragged: 0,
    "not-a-number": 0,
    "unknown-label": 0,
    "out-of-range": 0,
  };
  private readonly found: { kind: BadRowKind; message: string; line: number | null }[] = [];
  private readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  get total(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  /** @param line null where the file has none. */
  add(kind: BadRowKind, message: string, line: number | null): void {
    this.counts[kind] += 1;
    if (this.counts[kind] <= SHOWN_PER_KIND) this.found.push({ kind, message, line });
  }

  /** The report of an import that used `used` of `rows` rows. */
  report(rows: number, used: number, skipBad: boolean, episodes: readonly Episode[], warnings: readonly Diagnostic[]): ImportReport {
    const counts: ImportCounts = { rows, used, bad: { ...this.counts } };
    const problems = this.diagnostics(rows, skipBad);
    if (this.total > 0 && !skipBad) return { counts, outcome: failure(...problems, ...warnings) };
    if (used === 0) {
      const nothing = errorDiagnostic("import-empty", "no row can be used", "give a file with one row a tick", { file: this.file });
      return { counts, outcome: failure(...problems, nothing) };
    }
    return { counts, outcome: success(episodes, [...warnings, ...problems]) };
  }

  private diagnostics(rows: number, skipBad: boolean): Diagnostic[] {
    if (this.total === 0) return [];
    const make = skipBad ? warningDiagnostic : errorDiagnostic;
    const hint = skipBad
      ? "the row was left out, and the episode ends before it"
      : "correct the row, or leave such rows out with --skip-bad";
    const each = this.found.map(({ kind, message, line }) =>
      make(`import-${kind}`, message, hint, line === null ? { file: this.file } : { file: this.file, line }),
    );
    const kinds = Object.entries(this.counts).filter(([, count]) => count > 0);
    const total = kinds.map(([kind, count]) => `${count} ${kind.replaceAll("-", " ")}`).join(", ");
    const summary = skipBad
      ? "if that is too many, look at the first ones above"
      : "correct them, or leave them out with --skip-bad (an episode is cut where a row is missing)";
    return [...each, make("import-bad-rows", `${this.total} of ${rows} rows cannot be used: ${total}`, summary, { file: this.file })];
  }
}
