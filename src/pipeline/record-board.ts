// In: the ticks that a board reports, as the session tells them. Out: a recording in which every tick of the board stands, or the
// gap that it is lost in; it goes on through lost ports and resets. Episodes end where ticks are missing.

import { assert } from "../core/assert.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import type { RecordingWriter, Tick } from "../dataset/recording-writer.ts";
import type { TickRecord } from "../link/messages.generated.ts";
import type { BoardSession } from "../link/session.ts";
import type { TickGap } from "../link/telemetry.ts";
import { actionFromWire, observationFromWire } from "../link/wire.ts";

/** A policy that looks back over a few ticks can do without these; a longer hole is the end of an episode. */
const LONGEST_HOLE_TICKS = 3;

/** A recording that was started. */
export interface RecordingFile {
  readonly path: string;
  readonly writer: RecordingWriter;
  close(): Promise<void>;
}

export class BoardRecorder {
  readonly gaps: TickGap[] = [];
  ticks = 0;
  private readonly spec: RobotSpec;
  private readonly open: () => Promise<RecordingFile>;
  private file: Promise<RecordingFile> | null = null;
  private written: Promise<void> = Promise.resolve();
  private failure: Error | null = null;
  /** Why the next tick begins an episode; null: it doesn't. */
  private break: string | null = "";
  private startUs: number | null = null;
  private last: { readonly boardUs: number; readonly seconds: number } | null = null;

  /** @param open starts the recording; called once there is a board to record. */
  constructor(spec: RobotSpec, open: () => Promise<RecordingFile>) {
    this.spec = spec;
    this.open = open;
  }

  /** Records what the session tells from now on. Ends the session, with the robot stopped, when it can't be written. */
  follow(session: BoardSession): void {
    const file = this.open();
    this.file = file;
    const write = (work: (writer: RecordingWriter) => Promise<void>): void => {
      this.written = this.written
        .then(async () => {
          if (this.failure === null) await work((await file).writer);
        })
        .catch((error: unknown) => {
          this.failure = error as Error;
          const close = (): Promise<void> => session.close();
          session
            .stop()
            .then(close, close)
            .catch(() => undefined);
        });
    };
    write(() => Promise.resolve());
    session.onTick((record) => {
      write(this.tick(session, record));
    });
    session.onGap((gap) => {
      this.gaps.push(gap);
      if (gap.count > LONGEST_HOLE_TICKS) this.break ??= `after ${gap.count} lost ticks, `;
      write((writer) => writer.gap(gap));
    });
    session.onLink((event) => {
      if (event.kind === "reset") this.break = "after a reset, ";
    });
  }

  /** Waits until what was told so far is written, and ends the recording. @returns its path; null when there was no board.
   * @throws IoError when it could not be written. */
  async close(): Promise<string | null> {
    await this.written;
    if (this.failure !== null) throw this.failure;
    const file = await this.file;
    await file?.close();
    return file?.path ?? null;
  }

  /** @returns what writes it. */
  private tick(session: BoardSession, record: TickRecord): (writer: RecordingWriter) => Promise<void> {
    const observation = observationFromWire(this.spec, record.observation);
    const action = actionFromWire(this.spec, record.action);
    assert(observation !== null && action !== null, "a board of the same schema sends what has the same size");
    const episode = this.break === null ? null : `${this.break}from tick ${record.tick}`;
    const { seconds, offsetUs } = this.timeOf(session, record, episode !== null);
    this.break = null;
    this.ticks += 1;
    this.last = { boardUs: record.timeUs, seconds };
    const { tick, mode, faults, circumstances, inferUs, busyUs, actor } = record;
    const board = { tick, boardUs: record.timeUs, offsetUs, mode, faults, circumstances, inferUs, busyUs };
    const entry: Tick = {
      seconds,
      observation,
      action,
      // Whoever demonstrates shows what is right; what the policy did may be wrong.
      label: actor === "expert" ? action : null,
      actor,
      board: { ...board, input: [...record.input], output: [...record.output] },
    };
    return async (writer) => {
      if (episode !== null) writer.startEpisode(episode);
      await writer.tick(entry);
    };
  }

  /** Within an episode by the board's clock alone, so that no estimate disturbs the time from tick to tick. Where it begins, the
   * host's clock says. */
  private timeOf(
    session: BoardSession,
    { timeUs }: TickRecord,
    beginsEpisode: boolean,
  ): { readonly seconds: number; readonly offsetUs: number | null } {
    const { last } = this;
    const hostUs = session.hostTime(timeUs) ?? session.timer.now() * 1000;
    this.startUs ??= hostUs;
    const { offsetUs } = session;
    const offset = offsetUs === null ? null : Math.round(offsetUs + this.startUs);
    const soonest = last === null ? 0 : last.seconds + 1 / this.spec.rateHz;
    const seconds =
      beginsEpisode || last === null
        ? Math.max(soonest, (hostUs - this.startUs) / 1e6)
        : last.seconds + ((timeUs - last.boardUs) >>> 0) / 1e6;
    return { seconds, offsetUs: offset };
  }
}
