// reflexarc record: an expert demonstrates, or a board drives; what was sensed and done becomes a recording.

import type { Command } from "commander";
import type { BytePort } from "../core/io.ts";
import { parsePortUrl, type PortUrl } from "../host/ports/port-url.ts";
import type { Terminal } from "../host/terminal.ts";
import { MODES, type Mode } from "../link/messages.generated.ts";
import type { BoardSession } from "../link/session.ts";
import { driveExpert, episodeOf, type Drive } from "../pipeline/drive.ts";
import { BoardRecorder } from "../pipeline/record-board.ts";
import { percent } from "../report/format.ts";
import { summarise } from "../sim/rollout.ts";
import { resolvePort } from "./auto-port.ts";
import { Interrupted, newProjectCommand, oneOf, realNumber, terminalFor, wholeNumber, type ProjectOptions } from "./command.ts";
import { faultOption, refuseFaultsElsewhere, type FaultOptions } from "./fault-option.ts";
import { EXPERTS, loadPlant, ticksOf } from "./plant.ts";
import { loadBundle, openProject, startRecording, type Project } from "./project.ts";
import { BoardSlot, emulatedTarget } from "./target.ts";
import { BOARD_KEYS, describeCounts, openBoardLine, watchBoard } from "./watch-board.ts";

const HELP = `
A board is recorded as it drives by its own sensors: each tick with the policy's input and output, mode, who acted, timing and
faults; ticks that are lost are recorded as lost. Where an expert acted, the expert's action is what is to be learnt. A port that is
unplugged and a board that is reset are waited for, and the same recording goes on. It ends with q, Ctrl-C or --seconds.
${BOARD_KEYS}.

emu:BOARD boots the newest policy with the robot_io.c that \`compile\` writes, which has no sensors: the simulated world can't
feed it, and the robot stands. It is there to try out how recordings are made.`;

/** Of a simulated demonstration. */
const DEMONSTRATION_SECONDS = 30;

export function recordCommand(): Command {
  const keys = "recording, episodes, ticks, collisionFree; of a board: recording, port, ticks, gaps: [{tick, count}], actors";
  return newProjectCommand("reflexarc record --port sim: --expert rule --episodes 3", keys)
    .option("--port <url>", "the robot: sim: or sim:PLANT, auto, serial:PATH?baud=N, tcp:HOST:PORT or emu:BOARD", "sim:")
    .option("--expert <name>", `who demonstrates on a simulated robot: ${EXPERTS.join(", ")}`, oneOf("--expert", EXPERTS), "rule")
    .option("--episodes <count>", "how many simulated demonstrations", wholeNumber("--episodes", 1, 10_000), 3)
    .option(
      "--seconds <duration>",
      `of each simulated demonstration (${DEMONSTRATION_SECONDS}), or of a board's recording`,
      realNumber("--seconds", 0, 86_400),
    )
    .option("--seed <number>", "decides where the simulated robot starts", wholeNumber("--seed", 0, 2 ** 32 - 1), 1)
    .option("--mode <mode>", `who drives a board: ${MODES.join(", ")}`, oneOf("--mode", MODES), "shadow")
    .addOption(faultOption())
    .addHelpText("after", HELP)
    .action(record);
}

interface RecordOptions extends ProjectOptions, FaultOptions {
  readonly port: string;
  readonly episodes: number;
  readonly seconds?: number;
  readonly seed: number;
  readonly mode: Mode;
}

async function record(given: RecordOptions): Promise<void> {
  const terminal = terminalFor(given);
  const options = { ...given, port: await resolvePort(given.port, given.project, terminal) };
  const port = parsePortUrl(options.port);
  refuseFaultsElsewhere(options, port);
  const project = await openProject(options.project, terminal);
  switch (port.kind) {
    case "sim":
      await recordSimulated(project, port.plant, options, terminal);
      return;
    case "emu":
      await recordEmulated(project, port, options, terminal);
      return;
    case "serial":
    case "tcp":
    case "auto":
      await recordBoard(project, await openBoardLine(options.port, terminal), options, terminal);
  }
}

async function recordSimulated(project: Project, plantName: string | null, options: RecordOptions, terminal: Terminal): Promise<void> {
  const { spec } = project.robot;
  const ticks = ticksOf(spec, options.seconds ?? DEMONSTRATION_SECONDS);
  const plant = await loadPlant(spec, plantName);
  const recording = await startRecording(project, "demonstrations", `${options.port} ${plant.name}, expert rule`, options.seed);
  const drives: Drive[] = [];
  terminal.progress.start("demonstrating", options.episodes);
  for (let index = 0; index < options.episodes; index++) {
    const drive = await driveExpert(spec, plant, options.seed + index, ticks);
    await recording.writer.episode(episodeOf(spec, drive, `demonstration ${index + 1}`));
    drives.push(drive);
    terminal.progress.update(drives.length);
  }
  terminal.progress.finish();
  await recording.close();
  const summary = summarise(
    drives.map((drive) => drive.rollout),
    spec.rateHz,
  );
  const recorded = drives.reduce((sum, drive) => sum + drive.rollout.ticks, 0);
  terminal.line(
    `${recording.path}: ${drives.length} demonstrations, ${recorded} ticks, ${percent(summary.collisionFree)} without a collision`,
  );
  terminal.result({ recording: recording.path, episodes: drives.length, ticks: recorded, collisionFree: summary.collisionFree });
}

async function recordEmulated(
  project: Project,
  port: PortUrl & { kind: "emu" },
  options: RecordOptions,
  terminal: Terminal,
): Promise<void> {
  const { bundle } = await loadBundle(project, undefined);
  const slot = new BoardSlot(project.robot, await emulatedTarget(port.board, options), terminal.progress);
  try {
    await recordBoard(project, await slot.boot(bundle), options, terminal);
  } finally {
    await slot.stop();
  }
}

async function recordBoard(project: Project, port: BytePort, options: RecordOptions, terminal: Terminal): Promise<void> {
  const { mode, seconds = Infinity } = options;
  const recorder = new BoardRecorder(project.robot.spec, async () => {
    const recording = await startRecording(project, mode, `${options.port}, mode ${mode}`, options.seed);
    terminal.note(`recording to ${recording.path}`);
    return recording;
  });
  const begin = (session: BoardSession): void => {
    recorder.follow(session);
  };
  let recording: string | null = null;
  const watched = await watchBoard(project, port, { mode, seconds, resume: false, begin }, terminal).finally(async () => {
    recording = await recorder.close();
  });
  const { lost, actors, interrupted } = watched;
  const { ticks, gaps } = recorder;
  terminal.line(`${recording}: ${ticks} ticks, ${lost} lost; acted: ${describeCounts(actors)}`);
  if (interrupted) throw new Interrupted();
  terminal.result({ recording, port: options.port, ticks, gaps, actors });
}
