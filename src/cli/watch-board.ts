// Watches a real board on its port: it drives by its own sensors, each second becomes a line, and a key stops it. However this
// ends, the board is told to stand still first.

import { setTimeout as sleep } from "node:timers/promises";
import type { Actor } from "../artifacts/episode.ts";
import { actionLabel, type RobotSpec } from "../artifacts/robot-spec.ts";
import { at } from "../core/assert.ts";
import { openPort } from "../host/ports/open-port.ts";
import { readKeys } from "../host/keys.ts";
import type { Terminal } from "../host/terminal.ts";
import type { TickMessage } from "../link/messages.generated.ts";
import { actionFromWire } from "../link/wire.ts";
import { RobotBoard } from "../pipeline/robot-board.ts";
import { Interrupted } from "./command.ts";
import type { Project } from "./project.ts";

/** Ticks by who acted. */
export type ActorCounts = Record<Actor, number>;

/** How often keys and the clock are looked at. */
const LOOK_MS = 50;

const NO_READING = "the board has no fresh reading of its sensors (stale), so it acts neutral: `reflex_read` in robot_io.c brings readings";

/** @throws IoError when the board can't be reached, or its link is lost. @throws DiagnosticError when it was made for another
 * robot.ts. */
export async function watchBoard(project: Project, url: string, seconds: number, terminal: Terminal): Promise<void> {
  const { spec } = project.robot;
  terminal.note(`connecting to ${url}`);
  const { session } = await RobotBoard.connect(await openPort(url), project.robot);
  const { name, policyHash } = session.hello;
  const keys = readKeys();
  terminal.note(`robot ${name}, policy ${policyHash}${keys.interactive ? ". Keys: space stops, r resumes, q ends" : ""}`);
  const counts: ActorCounts = { neutral: 0, policy: 0, expert: 0 };
  let ticks = 0;
  const link = new AbortController();
  session.onClose((reason) => {
    link.abort(reason);
  });
  session.onTick((tick) => {
    if (ticks === 0 && tick.faults.includes("stale")) terminal.note(NO_READING);
    ticks += 1;
    counts[tick.actor] += 1;
    if (ticks % Math.max(1, Math.round(spec.rateHz)) === 0)
      terminal.note(`${(ticks / spec.rateHz).toFixed(0).padStart(4)} s  ${describeTick(spec, tick)}`);
  });
  session.onMode((mode) => {
    terminal.note(`mode ${mode.mode}: ${mode.reason}`);
  });
  const interruption = new AbortController();
  process.once("SIGINT", () => {
    interruption.abort();
  });
  try {
    await session.setMode("auto", "sensors");
    const endMs = performance.now() + seconds * 1000;
    const ended = (): boolean => interruption.signal.aborted || link.signal.aborted || performance.now() >= endMs;
    for (let key = keys.take(); key !== "q" && !ended(); key = keys.take()) {
      if (key === " ") await session.stop();
      if (key === "r") await session.setMode("auto", "sensors");
      if (key === null) await sleep(LOOK_MS);
    }
    await session.stop();
    terminal.line(`${ticks} ticks on ${url}, stopped; acted: ${describeCounts(counts)}`);
  } finally {
    keys.close();
    await session.close();
  }
  if (interruption.signal.aborted) throw new Interrupted();
  terminal.result({ port: url, ticks, actors: counts });
}

function describeTick(spec: RobotSpec, tick: TickMessage): string {
  const action = actionFromWire(spec, tick.action);
  const words = action === null ? "" : describeAction(spec, action);
  return `${tick.mode.padEnd(6)} ${tick.actor.padEnd(7)} ${words.padEnd(20)} ${tick.faults.join(", ")}`.trimEnd();
}

export function describeAction(spec: RobotSpec, action: Float32Array): string {
  if (spec.action.kind === "discrete") return actionLabel(spec.action.labels, at(action, 0));
  return [...action].map((value) => value.toFixed(2)).join(" ");
}

export function describeCounts(counts: ActorCounts): string {
  const acted = Object.entries(counts).filter(([, count]) => count > 0);
  return acted.length === 0 ? "nobody" : acted.map(([actor, count]) => `${actor} ${count}`).join(", ");
}
