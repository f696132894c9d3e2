// reflexarc dagger: drive, correct, retrain, put on the board, repeat.

import type { Command } from "commander";
import { basename, join } from "node:path";
import { usageError } from "../core/diagnostic.ts";
import { writeWhole } from "../host/files.ts";
import { parsePortUrl } from "../host/ports/port-url.ts";
import { POLICY_TABLE_HEAD, policyTableRow } from "../pipeline/policy-table.ts";
import { daggerReport } from "../pipeline/dagger-report.ts";
import { conclude, newProjectCommand, oneOf, realNumber, terminalFor, wholeNumber, type ProjectOptions } from "./command.ts";
import { policySummary, runDagger, type ScoredPolicy } from "./dagger-loop.ts";
import { faultOption, type FaultOptions } from "./fault-option.ts";
import { EXPERTS, loadPlant, ticksOf } from "./plant.ts";
import { loadBundle, loadRecordings, openProject } from "./project.ts";
import { boardDifference, BoardSlot, emulatedTarget } from "./target.ts";
import { addTrainingOptions, trainingRequest, type TrainingOptions } from "./training-options.ts";

export function daggerCommand(): Command {
  return addTrainingOptions(
    newProjectCommand(
      "reflexarc dagger --port emu:virtual --expert rule --rounds 3",
      "rounds: [{name, policy, samples, collisionFree, laps, agreement: {float, int8, board}, differing, ...}], report",
    ),
  )
    .option("--port <url>", "the board: emu:BOARD", "emu:virtual")
    .option("--expert <name>", `who says what is right: ${EXPERTS.join(", ")}`, oneOf("--expert", EXPERTS), "rule")
    .option("--rounds <count>", "how many", wholeNumber("--rounds", 1, 1000), 3)
    .option("--episodes <count>", "driven in a round", wholeNumber("--episodes", 1, 1000), 6)
    .option("--seconds <duration>", "of each episode", realNumber("--seconds", 0, 86_400), 30)
    .option(
      "--beta <share>",
      "in round r the expert acts with probability beta^r; 0: the policy drives alone",
      realNumber("--beta", 0, 1),
      0,
    )
    .option("--afresh", "begin each training anew, instead of going on from the policy before: slower, and longer on its way to the board")
    .option("--policy <bundle>", "which policy to begin with; the newest when not given")
    .option("--score-episodes <count>", "that judge each policy", wholeNumber("--score-episodes", 1, 1000), 10)
    .option("--score-seconds <duration>", "of each of them", realNumber("--score-seconds", 0, 86_400), 45)
    .addOption(faultOption())
    .addHelpText("after", AGAIN)
    .action(dagger);
}

const AGAIN = `
Each episode is recorded in recordings/ as soon as it was driven, and each policy kept in policies/. To go on, also after Ctrl-C,
run it again: it begins with the newest policy and learns from all recordings.`;

interface DaggerOptions extends ProjectOptions, TrainingOptions, FaultOptions {
  readonly port: string;
  readonly rounds: number;
  readonly episodes: number;
  readonly seconds: number;
  readonly beta: number;
  readonly afresh?: boolean;
  readonly policy?: string;
  readonly scoreEpisodes: number;
  readonly scoreSeconds: number;
}

async function dagger(options: DaggerOptions): Promise<void> {
  const terminal = terminalFor(options);
  const port = parsePortUrl(options.port);
  if (port.kind !== "emu")
    throw usageError("dagger-port", `${options.port} is no emulated board`, "use --port emu:BOARD; the expert is the simulated robot's");
  const project = await openProject(options.project, terminal);
  const { spec } = project.robot;
  const ticks = ticksOf(spec, options.seconds);
  const { bundle, folder } = await loadBundle(project, options.policy);
  const first = { bundle, folder, name: basename(folder) };
  const recordings = await loadRecordings(project, [], terminal);
  const target = await emulatedTarget(port.board, options);
  const plant = await loadPlant(spec, null);
  const slot = new BoardSlot(project.robot, target, terminal.progress);
  const policies: ScoredPolicy[] = [];
  try {
    const run = {
      project,
      plant,
      slot,
      training: await trainingRequest(project, recordings, options, terminal),
      // Other starts than those already recorded: running it again goes on.
      dagger: {
        rounds: options.rounds,
        episodesPerRound: options.episodes,
        beta: options.beta,
        seed: options.seed + 100_000 * recordings.episodes.length,
      },
      afresh: options.afresh === true,
      ticks,
      scoreSeeds: scoreSeeds(options.seed, options.scoreEpisodes),
      scoreTicks: ticksOf(spec, options.scoreSeconds),
      terminal,
    };
    for await (const policy of runDagger(run, first)) policies.push(policy);
  } finally {
    await slot.stop();
  }
  terminal.table(POLICY_TABLE_HEAD, policies.map(policyTableRow));
  const report = join(project.folder, "report.html");
  await writeWhole(report, daggerReport({ title: `${spec.name}: DAgger on ${port.board}`, walls: plant.walls, policies }));
  terminal.line(`report: ${report}`);
  plant.dispose();
  conclude(
    terminal,
    { board: port.board, rounds: policies.map(policySummary), report },
    policies.flatMap(({ name, score }) => boardDifference(port.board, name, score.differing)),
  );
}

/** Starts that judge policies: none of them is driven to learn from. */
export function scoreSeeds(seed: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => seed + 1_000_000 + index);
}
