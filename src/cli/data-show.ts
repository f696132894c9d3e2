// reflexarc data show: a recording over time, as an HTML page and in the terminal.

import { basename, join } from "node:path";
import type { Command } from "commander";
import { ACTORS } from "../artifacts/episode.ts";
import { writeWhole } from "../host/files.ts";
import { duration, labelShares, sessionPage, sessionTable, showSession } from "../pipeline/show-session.ts";
import { percent } from "../report/format.ts";
import { newProjectCommand, terminalFor, type ProjectOptions } from "./command.ts";
import { loadRecordings, newestRecording, openProject } from "./project.ts";

export function dataShowCommand(): Command {
  return newProjectCommand(
    "reflexarc data show recordings/001-demonstrations.mcap",
    "recording, page, episodes, ticks, seconds, gaps: [{episode, atSeconds, gapSeconds}], actors, labels: [{label, share}], channels",
  )
    .argument("[recording]", "the recording to look at; the newest of recordings/ when not given")
    .option("--output <file>", "where the page goes; reports/RECORDING.html of the project when not given")
    .action(show);
}

async function show(name: string | undefined, options: ProjectOptions & { output?: string }): Promise<void> {
  const terminal = terminalFor(options);
  const project = await openProject(options.project, terminal);
  const path = name ?? (await newestRecording(project));
  const { episodes } = await loadRecordings(project, [path], terminal);
  const session = showSession(project.robot.spec, basename(path), episodes);
  const page = options.output ?? join(project.folder, "reports", `${basename(path, ".mcap")}.html`);
  await writeWhole(page, sessionPage(session));
  const { timeline, statistics, actors } = session;
  const { head, rows } = sessionTable(session);
  const labels = labelShares(session);
  terminal.table(head, rows);
  terminal.line();
  terminal.line(`${path}:`);
  terminal.line(
    `${timeline.ticks} ticks in ${duration(timeline.seconds)}, ${episodes.length} episodes, ${timeline.gaps.length} gaps in time`,
  );
  const acted = ACTORS.filter((actor) => actors[actor] > 0);
  terminal.line(`acted: ${acted.map((actor) => `${actor} ${percent(actors[actor] / timeline.ticks)}`).join(", ")}`);
  // One a line: there may be many.
  if (labels.length > 0) terminal.line(`shown: ${labels.map(({ label, share }) => `${label} ${percent(share)}`).join(",\n       ")}`);
  terminal.line(`page: ${page}`);
  terminal.result({
    recording: path,
    page,
    episodes: episodes.length,
    ticks: timeline.ticks,
    seconds: timeline.seconds,
    gaps: timeline.gaps,
    actors,
    labels,
    channels: statistics.channels,
  });
}
