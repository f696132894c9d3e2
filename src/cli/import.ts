// reflexarc import: demonstrations from elsewhere become recordings of the project.

import { basename, extname } from "node:path";
import type { Command } from "commander";
import { usageError, valueOf } from "../core/diagnostic.ts";
import { episodeLength, type Episode } from "../artifacts/episode.ts";
import type { ImportCounts, ImportReport } from "../dataset/bad-rows.ts";
import { importRecording } from "../dataset/import-recording.ts";
import { importTable } from "../dataset/import-table.ts";
import { lintEpisodes } from "../dataset/lint.ts";
import { readNamed } from "../host/files.ts";
import { newProjectCommand, terminalFor, type ProjectOptions } from "./command.ts";
import { openProject, startRecording, type Project } from "./project.ts";

export function importCommand(): Command {
  return newProjectCommand("reflexarc import drive.csv --skip-bad", "recordings: [{file, recording, rows, used, episodes, bad}]")
    .argument("<file...>", "tables (.csv, .data, .txt, .jsonl, .ndjson) or recordings (.mcap)")
    .option("--skip-bad", "leave bad rows out, and begin a new episode after each, instead of refusing the file")
    .action(importFiles);
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
  const bytes = await readNamed(file);
  const { spec } = project.robot;
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

/** Ticks of all episodes. */
export function totalTicks(episodes: readonly Episode[]): number {
  return episodes.reduce((sum, episode) => sum + episodeLength(episode), 0);
}
