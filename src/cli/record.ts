// reflexarc record: an expert demonstrates; what was sensed and done becomes a recording.

import type { Command } from "commander";
import { usageError } from "../core/diagnostic.ts";
import { parsePortUrl } from "../host/ports/port-url.ts";
import { driveExpert, episodeOf, type Drive } from "../pipeline/drive.ts";
import { summarise } from "../sim/rollout.ts";
import { newProjectCommand, oneOf, realNumber, terminalFor, wholeNumber, type ProjectOptions } from "./command.ts";
import { percent } from "../report/format.ts";
import { EXPERTS, loadPlant, ticksOf } from "./plant.ts";
import { openProject, startRecording } from "./project.ts";

export function recordCommand(): Command {
  return newProjectCommand("reflexarc record --port sim: --expert rule --episodes 3", "recording, episodes, ticks, collisionFree")
    .option("--port <url>", "the robot: sim: or sim:PLANT", "sim:")
    .option("--expert <name>", `who demonstrates: ${EXPERTS.join(", ")}`, oneOf("--expert", EXPERTS), "rule")
    .option("--episodes <count>", "how many demonstrations", wholeNumber("--episodes", 1, 10_000), 3)
    .option("--seconds <duration>", "of each demonstration", realNumber("--seconds", 0, 86_400), 30)
    .option("--seed <number>", "decides where the robot starts", wholeNumber("--seed", 0, 2 ** 32 - 1), 1)
    .action(record);
}

interface RecordOptions extends ProjectOptions {
  readonly port: string;
  readonly episodes: number;
  readonly seconds: number;
  readonly seed: number;
}

async function record(options: RecordOptions): Promise<void> {
  const terminal = terminalFor(options);
  const port = parsePortUrl(options.port);
  if (port.kind !== "sim") {
    throw usageError(
      "record-port",
      `${options.port} is no simulated robot`,
      "record with --port sim:, or bring demonstrations in with `reflexarc import`",
    );
  }
  const { robot, ...project } = await openProject(options.project, terminal);
  const ticks = ticksOf(robot.spec, options.seconds);
  const plant = await loadPlant(robot.spec, port.plant);
  const recording = await startRecording(
    { robot, ...project },
    "demonstrations",
    `${options.port} ${plant.name}, expert rule`,
    options.seed,
  );
  const drives: Drive[] = [];
  terminal.progress.start("demonstrating", options.episodes);
  for (let index = 0; index < options.episodes; index++) {
    const drive = await driveExpert(plant, options.seed + index, ticks);
    await recording.writer.episode(episodeOf(robot.spec, drive, `demonstration ${index + 1}`));
    drives.push(drive);
    terminal.progress.update(drives.length);
  }
  terminal.progress.finish();
  await recording.close();
  const summary = summarise(
    drives.map((drive) => drive.rollout),
    robot.spec.rateHz,
  );
  const recorded = drives.reduce((sum, drive) => sum + drive.rollout.ticks, 0);
  terminal.line(
    `${recording.path}: ${drives.length} demonstrations, ${recorded} ticks, ${percent(summary.collisionFree)} without a collision`,
  );
  terminal.result({ recording: recording.path, episodes: drives.length, ticks: recorded, collisionFree: summary.collisionFree });
}
