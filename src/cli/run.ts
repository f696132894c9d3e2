// reflexarc run: watch a board drive: an emulated one in the simulated world, or a real one on its port (watch-board.ts). Keys:
// space stops, r resumes, e lets the expert take over and hand back, q ends.

import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import type { Actor } from "../artifacts/episode.ts";
import { limitAction, neutralAction } from "../artifacts/action-limits.ts";
import { parsePortUrl, type PortUrl } from "../host/ports/port-url.ts";
import { readKeys } from "../host/keys.ts";
import type { Terminal } from "../host/terminal.ts";
import { int8Policy } from "../pipeline/policy.ts";
import { resolvePort } from "./auto-port.ts";
import { newProjectCommand, realNumber, terminalFor, wholeNumber, type ProjectOptions } from "./command.ts";
import { faultOption, refuseFaultsElsewhere, type FaultOptions } from "./fault-option.ts";
import { loadPlant, ticksOf } from "./plant.ts";
import { loadBundle, openProject, type Project } from "./project.ts";
import { BoardSlot, emulatedTarget } from "./target.ts";
import { describeAction, BOARD_KEYS, describeCounts, runBoard, type ActorCounts } from "./watch-board.ts";

export function runCommand(): Command {
  return newProjectCommand(
    "reflexarc run --port emu:qemu-cortex-m4 --seconds 60",
    "port, ticks, collided, laps, actors: ticks by who acted; of a real board: port, ticks, lost, actors",
  )
    .option(
      "--port <url>",
      "emu:BOARD, sim: (the policy on this machine), auto (the board that is plugged in), serial:PATH?baud=N or tcp:HOST:PORT",
      "emu:virtual",
    )
    .option("--policy <bundle>", "which policy an emulated board gets; the newest when not given")
    .option("--seconds <duration>", "how long", realNumber("--seconds", 0, 86_400), 60)
    .option("--seed <number>", "where the simulated robot starts", wholeNumber("--seed", 0, 2 ** 32 - 1), 1)
    .option("--resume", "a real board that was lost, or reset, drives on when it is back; without it, press a again")
    .addOption(faultOption())
    .addHelpText("after", HELP)
    .action(run);
}

const KEYS = "Keys: space stops, r resumes, e lets the expert take over and hand back, q ends";

const HELP = `
emu: and sim: drive the simulated robot; at a terminal, in real time. ${KEYS}.

A real board drives by its own sensors. A port that is unplugged and a board that is reset are waited for.
${BOARD_KEYS}.`;

interface RunOptions extends ProjectOptions, FaultOptions {
  readonly port: string;
  readonly policy?: string;
  readonly seconds: number;
  readonly seed: number;
  readonly resume?: boolean;
}

async function run(given: RunOptions): Promise<void> {
  const terminal = terminalFor(given);
  const options = { ...given, port: await resolvePort(given.port, given.project, terminal) };
  const port = parsePortUrl(options.port);
  refuseFaultsElsewhere(options, port);
  const project = await openProject(options.project, terminal);
  if (port.kind === "emu" || port.kind === "sim") await runSimulated(project, port, options, terminal);
  else await runBoard(project, options.port, { mode: "auto", seconds: options.seconds, resume: options.resume === true }, terminal);
}

async function runSimulated(
  project: Project,
  port: PortUrl & { kind: "emu" | "sim" },
  options: RunOptions,
  terminal: Terminal,
): Promise<void> {
  const { spec } = project.robot;
  const { bundle } = await loadBundle(project, options.policy);
  const plant = await loadPlant(spec, port.kind === "sim" ? port.plant : null);
  const slot = port.kind === "emu" ? new BoardSlot(project.robot, await emulatedTarget(port.board, options), terminal.progress) : null;
  try {
    const board = await slot?.put(bundle);
    const host = int8Policy(spec, bundle.form, bundle.graph);
    // As on a board: the policy runs beside the expert, and remembers nothing after a stop.
    const onHost = (actor: Actor, observation: Float32Array): { action: Float32Array; actor: Actor } => {
      if (actor === "neutral") {
        host.reset();
        return { action: neutralAction(spec), actor };
      }
      const action = host.action(observation);
      return { action: actor === "policy" ? action : plant.expert(observation), actor };
    };
    const counts: ActorCounts = { neutral: 0, policy: 0, expert: 0 };
    const keys = readKeys();
    if (keys.interactive) terminal.note(KEYS);
    const startedMs = performance.now();
    let driver: Actor = "policy";
    let now = plant.reset(options.seed);
    let done: Float32Array | null = null;
    let ticks = 0;
    for (; ticks < ticksOf(spec, options.seconds) && !now.collided; ticks++) {
      const key = keys.take();
      if (key === "q") break;
      const next = driverAfter(key, driver);
      if (next !== driver) await board?.handTo(next);
      driver = next;
      if (driver === "expert") await board?.takeOver(plant.expert(now.observation));
      const { action, actor } = board === undefined ? onHost(driver, now.observation) : await board.decide(now.observation);
      done = limitAction(spec, action, done);
      counts[actor] += 1;
      now = plant.step(done);
      // A person watches in real time; a pipe gets it as fast as it comes.
      if (keys.interactive) await sleep(startedMs + ((ticks + 1) * 1000) / spec.rateHz - performance.now());
      if ((ticks + 1) % Math.max(1, Math.round(spec.rateHz)) !== 0) continue;
      const place = `x ${now.pose.x.toFixed(2)} y ${now.pose.y.toFixed(2)}  distance ${now.distance.toFixed(2)} m  laps ${now.laps.toFixed(2)}`;
      terminal.note(`${secondsAt(ticks + 1, spec.rateHz)}  ${actor.padEnd(7)} ${describeAction(spec, done).padEnd(20)} ${place}`);
    }
    keys.close();
    const end = now.collided ? "collided" : "no collision";
    terminal.line(`${ticks} ticks on ${options.port}, ${now.laps.toFixed(2)} laps, ${end}; acted: ${describeCounts(counts)}`);
    terminal.result({ port: options.port, ticks, collided: now.collided, laps: now.laps, actors: counts });
  } finally {
    await slot?.stop();
    plant.dispose();
  }
}

function secondsAt(ticks: number, rateHz: number): string {
  return `${(ticks / rateHz).toFixed(0).padStart(4)} s`;
}

function driverAfter(key: string | null, driver: Actor): Actor {
  if (key === " ") return "neutral";
  if (key === "r") return "policy";
  if (key === "e") return driver === "expert" ? "policy" : "expert";
  return driver;
}
