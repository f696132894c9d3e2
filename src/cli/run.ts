// reflexarc run: watch a board drive: an emulated one in the simulated world, or a real one on its port. Keys: space stops,
// r resumes, e lets the expert take over and hand back, q ends.

import type { Command } from "commander";
import { usageError } from "../core/diagnostic.ts";
import type { Actor } from "../artifacts/episode.ts";
import { neutralAction, actionLabel, type RobotSpec } from "../artifacts/robot-spec.ts";
import { at } from "../core/assert.ts";
import { openPort } from "../host/ports/open-port.ts";
import { parsePortUrl, type PortUrl } from "../host/ports/port-url.ts";
import { readKeys } from "../host/keys.ts";
import type { Terminal } from "../host/terminal.ts";
import { int8Policy } from "../pipeline/policy.ts";
import { RobotBoard } from "../pipeline/robot-board.ts";
import { actionFromWire } from "../link/wire.ts";
import { newProjectCommand, realNumber, terminalFor, wholeNumber, type ProjectOptions } from "./command.ts";
import { loadPlant, ticksOf } from "./plant.ts";
import { loadBundle, openProject, type Project } from "./project.ts";
import { BoardSlot, emulatedTarget } from "./target.ts";

export function runCommand(): Command {
  return newProjectCommand(
    "run",
    "watch a board drive; stop, resume, take over",
    "reflexarc run --port emu:qemu-cortex-m4 --seconds 60",
    "port, ticks, collided, laps, actors: ticks by who acted; of a real board: port, ticks, actors",
  )
    .option("--port <url>", "emu:BOARD, sim: (the policy on this machine), serial:PATH?baud=N or tcp:HOST:PORT", "emu:virtual")
    .option("--policy <bundle>", "which policy an emulated board gets; the newest when not given")
    .option("--seconds <duration>", "how long", realNumber("--seconds", 0, 86_400), 60)
    .option("--seed <number>", "where the simulated robot starts", wholeNumber("--seed", 0, 2 ** 32 - 1), 1)
    .action(run);
}

interface RunOptions extends ProjectOptions {
  readonly port: string;
  readonly policy?: string;
  readonly seconds: number;
  readonly seed: number;
}

type ActorCounts = Record<Actor, number>;

async function run(options: RunOptions): Promise<void> {
  const terminal = terminalFor(options);
  const port = parsePortUrl(options.port);
  const project = await openProject(options.project, terminal);
  if (port.kind === "emu" || port.kind === "sim") await runSimulated(project, port, options, terminal);
  else await runReal(project, options, terminal);
}

/** What to do with one observation of the simulated robot. */
type Decide = (observation: Float32Array) => Promise<{ action: Float32Array; actor: Actor }>;

async function runSimulated(project: Project, port: PortUrl & { kind: "emu" | "sim" }, options: RunOptions, terminal: Terminal): Promise<void> {
  const { spec } = project.robot;
  const { bundle } = await loadBundle(project, options.policy);
  const plant = await loadPlant(spec, port.kind === "sim" ? port.plant : null);
  const slot = port.kind === "emu" ? new BoardSlot(project.robot, await emulatedTarget(port.board)) : null;
  const keys = readKeys();
  try {
    const board = await slot?.put(bundle);
    const host = int8Policy(spec, bundle.graph);
    const policy: Decide = (observation) => board?.decide(observation) ?? Promise.resolve({ action: host.action(observation), actor: "policy" });
    const counts: ActorCounts = { neutral: 0, policy: 0, expert: 0 };
    let driver: Actor = "policy";
    let now = plant.reset(options.seed);
    let ticks = 0;
    for (; ticks < ticksOf(spec, options.seconds) && !now.collided; ticks++) {
      const key = keys.take();
      if (key === "q") break;
      driver = driverAfter(key, driver);
      const decision = await policy(now.observation);
      const action = driver === "policy" ? decision.action : driver === "expert" ? plant.expert(now.observation) : neutralAction(spec);
      const actor = driver === "policy" ? decision.actor : driver;
      counts[actor] += 1;
      now = plant.step(action);
      // A person watches in real time; a pipe gets it as fast as it comes.
      if (keys.interactive) await keys.wait(1000 / spec.rateHz);
      if ((ticks + 1) % Math.max(1, Math.round(spec.rateHz)) === 0) {
        terminal.note(`${((ticks + 1) / spec.rateHz).toFixed(0).padStart(4)} s  ${actor.padEnd(7)} ${describeAction(spec, action).padEnd(20)} x ${now.pose.x.toFixed(2)} y ${now.pose.y.toFixed(2)}  distance ${now.distance.toFixed(2)} m  laps ${now.laps.toFixed(2)}`);
      }
    }
    terminal.line(`${options.port}: ${ticks} ticks, ${now.laps.toFixed(2)} laps, ${now.collided ? "collided" : "no collision"}; acted: ${describeCounts(counts)}`);
    terminal.result({ port: options.port, ticks, collided: now.collided, laps: now.laps, actors: counts });
  } finally {
    keys.close();
    await slot?.stop();
    plant.dispose();
  }
}

function driverAfter(key: string | null, driver: Actor): Actor {
  switch (key) {
    case " ":
      return "neutral";
    case "r":
      return "policy";
    case "e":
      return driver === "expert" ? "policy" : "expert";
    default:
      return driver;
  }
}

async function runReal(project: Project, options: RunOptions, terminal: Terminal): Promise<void> {
  const { spec } = project.robot;
  const board = await RobotBoard.connect(await openPort(options.port), project.robot);
  const { session } = board;
  const { name, policyHash } = session.hello;
  terminal.note(`robot ${name}, policy ${policyHash}: space stops, r resumes, q ends`);
  const keys = readKeys();
  const counts: ActorCounts = { neutral: 0, policy: 0, expert: 0 };
  let ticks = 0;
  let lost: string | null = null;
  session.onClose((reason) => (lost = reason));
  session.onTick((tick) => {
    ticks += 1;
    counts[tick.actor] += 1;
    const action = actionFromWire(spec, tick.action);
    if (ticks % Math.max(1, Math.round(spec.rateHz)) !== 0 || action === null) return;
    terminal.note(`${(ticks / spec.rateHz).toFixed(0).padStart(4)} s  ${tick.mode.padEnd(6)} ${tick.actor.padEnd(7)} ${describeAction(spec, action).padEnd(20)} ${tick.faults.join(", ")}`);
  });
  session.onMode((mode) => { terminal.note(`mode ${mode.mode}: ${mode.reason}`); });
  try {
    await session.setMode("auto", "sensors");
    const end = performance.now() + options.seconds * 1000;
    while (performance.now() < end && lost === null) {
      const key = keys.take();
      if (key === "q") break;
      if (key === " ") await session.stop();
      if (key === "r") await session.setMode("auto", "sensors");
      if (key === "e") throw usageError("run-takeover", "there is no expert on this port", "take over by stopping (space); demonstrations come from `reflexarc record`");
      await keys.wait(50);
    }
    if (lost === null) await session.stop();
    terminal.line(`${options.port}: ${ticks} ticks${lost === null ? ", stopped" : `, then the link was lost: ${String(lost)}`}; acted: ${describeCounts(counts)}`);
    terminal.result({ port: options.port, ticks, actors: counts });
  } finally {
    keys.close();
    await session.close();
  }
}

function describeAction(spec: RobotSpec, action: Float32Array): string {
  if (spec.action.kind === "discrete") return actionLabel(spec.action.labels, at(action, 0));
  return [...action].map((value) => value.toFixed(2)).join(" ");
}

function describeCounts(counts: ActorCounts): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([actor, count]) => `${actor} ${count}`)
    .join(", ");
}
