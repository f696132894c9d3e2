// reflexarc import: demonstrations from elsewhere become recordings of the project; a model from elsewhere a policy (import-model.ts).

import { basename, extname } from "node:path";
import type { Command } from "commander";
import { DiagnosticError, usageError, valueOf } from "../core/diagnostic.ts";
import { episodeLength, type Episode } from "../artifacts/episode.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import type { ImportCounts, ImportReport } from "../dataset/bad-rows.ts";
import { importRecording } from "../dataset/import-recording.ts";
import { importTable } from "../dataset/import-table.ts";
import { importLerobot, isLerobotFolder, notLerobot } from "../dataset/lerobot/import-lerobot.ts";
import { lintEpisodes } from "../dataset/lint.ts";
import { isFolder, readNamed } from "../host/files.ts";
import { newProjectCommand, terminalFor, type ProjectOptions } from "./command.ts";
import { openDatasetFolder } from "./dataset-folder.ts";
import { addModelOptions, importModelFile, type ImportModelOptions } from "./import-model.ts";
import { openProject, startRecording, type Project } from "./project.ts";

export function importCommand(): Command {
  const keys =
    "recordings: [{file, recording, rows, used, episodes, bad}]; with --model: policy (folder), policyHash, arithmetic, layers, parameters, macs, inputs, outputs, memory, metrics";
  const command = newProjectCommand(
    "reflexarc import drive.csv --skip-bad\n  reflexarc import --model model.tflite --inputs physical",
    keys,
  )
    .argument("[file...]", "tables (.csv, .data, .txt, .jsonl, .ndjson), recordings (.mcap), or folders with a LeRobot v3 data set")
    .option("--skip-bad", "leave bad rows out, and begin a new episode after each, instead of refusing the file");
  return addModelOptions(command).action(importAnything);
}

async function importAnything(files: readonly string[], options: ImportModelOptions & { skipBad?: boolean }): Promise<void> {
  const { model } = options;
  if (model !== undefined) return importModelFile(model, files, options);
  if (files.length > 0) return importFiles(files, options);
  throw usageError("import-nothing", "there is nothing to import", "name tables or recordings, or a model with --model");
}

interface Imported {
  readonly file: string;
  readonly counts: ImportCounts;
  readonly episodes: readonly Episode[];
}

async function importFiles(files: readonly string[], options: ProjectOptions & { skipBad?: boolean }): Promise<void> {
  const terminal = terminalFor(options);
  const project = await openProject(options.project, terminal);
  // Read every file before writing any: a bad one leaves nothing half done.
  const imported: Imported[] = [];
  for (const file of files) {
    const { counts, outcome } = await readDemonstrations(project, file, options.skipBad === true);
    imported.push({ file, counts, episodes: valueOf(outcome, terminal.warn) });
  }
  const results = [];
  for (const { file, counts, episodes } of imported) {
    const recording = await startRecording(project, `import-${basename(file, extname(file))}`, basename(file), 0);
    for (const episode of episodes) await recording.writer.episode(episode);
    await recording.close();
    results.push({ file, recording: recording.path, rows: counts.rows, used: counts.used, episodes: episodes.length, bad: counts.bad });
  }
  lintEpisodes(
    project.robot.spec,
    imported.flatMap((each) => each.episodes),
  ).warnings.forEach(terminal.warn);
  terminal.table(
    ["file", "rows", "used", "left out", "episodes", "recording"],
    results.map((each) => [
      each.file,
      String(each.rows),
      String(each.used),
      String(each.rows - each.used),
      String(each.episodes),
      each.recording,
    ]),
  );
  terminal.result({ recordings: results });
}

async function readDemonstrations(project: Project, file: string, skipBad: boolean): Promise<ImportReport> {
  const { spec } = project.robot;
  if (await isFolder(file)) return readDataset(spec, file, skipBad);
  const bytes = await readNamed(file);
  switch (extname(file).toLowerCase()) {
    case ".mcap":
      return importRecording(spec, { name: file, bytes }, { skipBad });
    case ".csv":
    case ".tsv":
    case ".txt":
    case ".data":
    case ".jsonl":
    case ".ndjson":
      return importTable(spec, { name: file, text: new TextDecoder().decode(bytes) }, { skipBad });
    default:
      throw usageError(
        "import-format",
        `${file} has an ending that says nothing`,
        "name it .csv, .tsv, .data, .jsonl or .mcap after what it holds",
      );
  }
}

async function readDataset(spec: RobotSpec, path: string, skipBad: boolean): Promise<ImportReport> {
  const folder = await openDatasetFolder(path);
  if (!isLerobotFolder(folder.paths)) throw new DiagnosticError([notLerobot(path)]);
  return importLerobot(spec, folder, { skipBad });
}

/** Ticks of all episodes. */
export function totalTicks(episodes: readonly Episode[]): number {
  return episodes.reduce((sum, episode) => sum + episodeLength(episode), 0);
}
