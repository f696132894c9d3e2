// reflexarc data export: recordings as a data set that other tools open. The folder appears when it is complete.

import { rmSync } from "node:fs";
import { rename } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { onExit } from "signal-exit";
import { usageError } from "../core/diagnostic.ts";
import { IoError, type SourceTree } from "../core/io.ts";
import { lerobotFiles } from "../dataset/lerobot/export-lerobot.ts";
import { listFolder, makeFolder, writeTree } from "../host/files.ts";
import { newProjectCommand, oneOf, terminalFor, type ProjectOptions } from "./command.ts";
import { totalTicks } from "./import.ts";
import { loadRecordings, openProject } from "./project.ts";

const FORMATS = ["lerobot"] as const;

const HELP = `
lerobot: a LeRobot v3.0 data set, one episode for each of ours: observation.state, action, timestamp and the indices; and, in columns of
ours that LeRobot's policies pass over, expert_action (what the expert did or would have done), actor, intervention, seconds, next.done.
Choices and discrete actions are indices; meta/info.json names their labels. \`reflexarc import DIR\` reads all of it again.`;

export function dataExportCommand(): Command {
  return newProjectCommand(
    "reflexarc data export ../wall-follower-lerobot --format lerobot",
    "folder, format, episodes, ticks, files, bytes",
  )
    .argument("<folder>", "the folder to make; it must not be there, or be empty")
    .argument("[recording...]", "the recordings to export; all of recordings/ when not given")
    .option("--format <name>", FORMATS.join(", "), oneOf("--format", FORMATS), "lerobot")
    .option("--task <text>", "what the robot does, in words; the robot's name when not given")
    .addHelpText("after", HELP)
    .action(exportRecordings);
}

interface ExportOptions extends ProjectOptions {
  readonly format: (typeof FORMATS)[number];
  readonly task?: string;
}

async function exportRecordings(folder: string, names: readonly string[], options: ExportOptions): Promise<void> {
  const terminal = terminalFor(options);
  const project = await openProject(options.project, terminal);
  const { spec } = project.robot;
  await refuseOccupied(folder);
  const { episodes } = await loadRecordings(project, names, terminal);
  const files = lerobotFiles(spec, episodes, { task: options.task ?? spec.name });
  await appear(folder, files);
  const bytes = [...files.values()].reduce((sum, content) => sum + content.length, 0);
  const ticks = totalTicks(episodes);
  terminal.line(`${folder}: ${episodes.length} episodes, ${ticks} ticks, ${files.size} files, ${Math.ceil(bytes / 1024)} KiB`);
  terminal.result({ folder, format: options.format, episodes: episodes.length, ticks, files: [...files.keys()], bytes });
}

async function refuseOccupied(folder: string): Promise<void> {
  if ((await listFolder(folder)).length === 0) return;
  throw usageError("export-occupied", `${folder} is there, and is not empty`, "give a new folder: an export never overwrites");
}

/** Writes beside the folder and renames: nothing is left of an export that was broken off. */
async function appear(folder: string, files: SourceTree): Promise<void> {
  const target = resolve(folder);
  const unfinished = join(dirname(target), `.${basename(target)}.unfinished-${process.pid}`);
  const erase = (): void => {
    rmSync(unfinished, { recursive: true, force: true });
  };
  const forget = onExit(erase);
  try {
    await makeFolder(dirname(target));
    await writeTree(unfinished, files);
    await rename(unfinished, target);
  } catch (cause) {
    if (cause instanceof IoError) throw cause;
    throw new IoError(`can't make ${folder}`, "check the permissions and the free space, and that nobody else writes there", cause);
  } finally {
    erase();
    forget();
  }
}
