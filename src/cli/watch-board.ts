// Watches a board on its port drive by its own sensors: each second becomes a line, keys change the mode, a lost port or a reset
// board is waited for. However this ends, the board is told to stand still first.

import { setTimeout as sleep } from "node:timers/promises";
import type { Actor } from "../artifacts/episode.ts";
import { actionLabel, type RobotSpec } from "../artifacts/robot-spec.ts";
import { at } from "../core/assert.ts";
import { IoError, type BytePort } from "../core/io.ts";
import { openLastingPort } from "../host/ports/open-port.ts";
import { readKeys } from "../host/keys.ts";
import type { Terminal } from "../host/terminal.ts";
import { describeArena } from "../link/describe-arena.ts";
import { describeLinkEvent } from "../link/link-events.ts";
import type { Mode, TickRecord } from "../link/messages.generated.ts";
import type { BoardSession } from "../link/session.ts";
import { actionFromWire, actionToWire } from "../link/wire.ts";
import { RobotBoard } from "../pipeline/robot-board.ts";
import { Interrupted } from "./command.ts";
import type { Project } from "./project.ts";

/** Ticks by who acted. */
export type ActorCounts = Record<Actor, number>;

export const BOARD_KEYS =
  "Keys: space stops, a auto, s assist, h shadow, t teleop; 1 to 9 drive in the last three, by the n-th action where actions are " +
  "discrete, 0 lets go; q ends";

const MODE_KEYS: Readonly<Record<string, Mode>> = { a: "auto", s: "assist", h: "shadow", t: "teleop" };

/** How often keys and the clock are looked at. */
const LOOK_MS = 50;
const SHORT_GAP_SECONDS = 0.1;

const NO_READING = "the board has no fresh reading of its sensors (stale), so it acts neutral: your `reflex_read` brings readings";

export interface Watch {
  /** The mode to begin with. */
  readonly mode: Mode;
  readonly seconds: number;
  /** A board that was lost gets its mode back even where it drives. */
  readonly resume: boolean;
  /** Told of the session before anything else happens in it. */
  readonly begin?: (session: BoardSession) => void;
}

export interface Watched {
  readonly ticks: number;
  /** Ticks that could not be read any more. */
  readonly lost: number;
  readonly actors: ActorCounts;
  /** By Ctrl-C. */
  readonly interrupted: boolean;
}

/** Opens a port that outlives its line, and says why it can't be opened again as long as it can't. @throws IoError */
export async function openBoardLine(url: string, terminal: Terminal): Promise<BytePort> {
  terminal.note(`connecting to ${url}`);
  const port = await openLastingPort(url);
  port.onVain((error) => {
    terminal.note(`${error.message}; ${error.hint}`);
  });
  return port;
}

/** @throws IoError when the board can't be reached, or its link ends. @throws DiagnosticError when it was made for another
 * robot.ts. */
export async function watchBoard(project: Project, port: BytePort, watch: Watch, terminal: Terminal): Promise<Watched> {
  const { spec } = project.robot;
  const { session } = await RobotBoard.connect(port, project.robot, watch.resume);
  const keys = readKeys();
  const { name, policyHash } = session.hello;
  terminal.note(`robot ${name}, policy ${policyHash}${keys.interactive ? `. ${BOARD_KEYS}` : ""}`);
  const arena = describeArena(session.hello);
  if (arena !== null) terminal.note(arena);
  const actors: ActorCounts = { neutral: 0, policy: 0, expert: 0 };
  let [ticks, lost] = [0, 0];
  const end = new AbortController();
  session.onClose((reason) => {
    end.abort(reason);
  });
  // The board still has ticks from before anybody watched: a recording takes them, too.
  let first = session.health?.nextTick ?? 0;
  session.onTick((tick) => {
    if (tick.tick < first) return;
    if (ticks === 0 && tick.faults.includes("stale")) terminal.note(NO_READING);
    ticks += 1;
    actors[tick.actor] += 1;
    if (ticks % Math.max(1, Math.round(spec.rateHz)) === 0)
      terminal.note(`${(ticks / spec.rateHz).toFixed(0).padStart(4)} s  ${describeTick(spec, tick)}  ${describeLink(session, lost)}`);
  });
  session.onGap(({ tick, count }) => {
    lost += count;
    // Single ticks are counted in the line of each second; the recording names them.
    if (count > spec.rateHz * SHORT_GAP_SECONDS) terminal.note(`ticks ${tick} to ${tick + count - 1} are lost`);
  });
  let told = "";
  session.onMode(({ mode, reason }) => {
    // A board that is asked twice answers twice.
    if (told !== (told = `mode ${mode}: ${reason}`)) terminal.note(told);
  });
  session.onLink((event) => {
    if (event.kind === "reset") first = 0;
    terminal.note(describeLinkEvent(event));
  });
  watch.begin?.(session);
  let interrupted = false;
  process.once("SIGINT", () => {
    interrupted = true;
    end.abort();
  });
  const driver = new KeyDriver(spec, session, terminal);
  try {
    await session.setMode(watch.mode, "sensors");
    const endMs = performance.now() + watch.seconds * 1000;
    while (!end.signal.aborted && performance.now() < endMs) {
      const key = keys.take();
      if (key === "q") break;
      if (key === null) await sleep(Math.min(LOOK_MS, 1000 / spec.rateHz));
      else await driver.press(key);
      driver.act();
    }
    await session.stop();
    await session.drain().catch(() => undefined); // what the board does not tell any more is a gap
  } finally {
    keys.close();
    await session.close();
  }
  return { ticks, lost, actors, interrupted };
}

/** `run` on a real board. */
export async function runBoard(project: Project, url: string, watch: Watch, terminal: Terminal): Promise<void> {
  const { ticks, lost, actors, interrupted } = await watchBoard(project, await openBoardLine(url, terminal), watch, terminal);
  terminal.line(`${ticks} ticks on ${url}, ${lost} lost, stopped; acted: ${describeCounts(actors)}`);
  if (interrupted) throw new Interrupted();
  terminal.result({ port: url, ticks, lost, actors });
}

/** What a person does with keys: modes, and in some of them actions. */
class KeyDriver {
  private readonly spec: RobotSpec;
  private readonly session: BoardSession;
  private readonly terminal: Terminal;
  private mode: Mode = "safe";
  /** The action that the person holds, for as long as they drive. */
  private held: Uint8Array | null = null;

  constructor(spec: RobotSpec, session: BoardSession, terminal: Terminal) {
    this.spec = spec;
    this.session = session;
    this.terminal = terminal;
    session.onMode(({ mode }) => (this.mode = mode));
  }

  /** A board that refuses, or is lost, is no reason to end. */
  async press(key: string): Promise<void> {
    const mode = MODE_KEYS[key];
    try {
      if (key === " ") await this.session.stop();
      else if (mode !== undefined) await this.session.setMode(mode, "sensors");
      else if (key === "0" && this.held !== null) await this.session.handBack();
      if (key === " " || key === "0" || mode !== undefined) this.held = null;
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      this.terminal.note(`${error.message}; ${error.hint}`);
    }
    const index = /^[1-9]$/.test(key) ? Number(key) - 1 : null;
    const { action } = this.spec;
    if (index !== null && action.kind === "discrete" && index < action.labels.length) this.held = actionToWire(this.spec, [index]);
  }

  /** The board forgets an action after a few ticks. */
  act(): void {
    const drives = this.mode === "teleop" || this.mode === "assist" || this.mode === "shadow";
    if (drives && this.held !== null) this.session.act(this.held).catch(() => undefined); // a port that is gone tells so by itself
  }
}

function describeTick(spec: RobotSpec, tick: TickRecord): string {
  const action = actionFromWire(spec, tick.action);
  const words = action === null ? "" : describeAction(spec, action);
  return `${tick.mode.padEnd(6)} ${tick.actor.padEnd(7)} ${words.padEnd(20)} ${tick.faults.join(", ")}`.trimEnd();
}

function describeLink({ health, latencyUs }: BoardSession, lost: number): string {
  const milliseconds = (us: number): string => `${(us / 1000).toFixed(1)} ms`;
  const parts = latencyUs === null ? [] : [`latency ${milliseconds(latencyUs)}`];
  if (health !== null)
    parts.push(`worst tick ${milliseconds(health.worstUs)}`, `jitter ${milliseconds(health.jitterUs)}`, `missed ${health.missed}`);
  return [...parts, `lost ${lost}`].join("  ");
}

export function describeAction(spec: RobotSpec, action: Float32Array): string {
  if (spec.action.kind === "discrete") return actionLabel(spec.action.labels, at(action, 0));
  return [...action].map((value) => value.toFixed(2)).join(" ");
}

export function describeCounts(counts: ActorCounts): string {
  const acted = Object.entries(counts).filter(([, count]) => count > 0);
  return acted.length === 0 ? "nobody" : acted.map(([actor, count]) => `${actor} ${count}`).join(", ");
}
