// reflexarc demo: the whole loop once, from demonstrations to a board that drives: record, clone, quantize, compile, boot,
// drive, correct, learn again. What each step does, the commands of the same names do, too.

import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { usageError } from "../core/diagnostic.ts";
import type { Episode } from "../artifacts/episode.ts";
import { graphParameters, multiplyAccumulates } from "../artifacts/graph.ts";
import { listFolder, writeTree, writeWhole } from "../host/files.ts";
import { readRobotTemplate } from "../host/package-files.ts";
import { compileAgent } from "../pipeline/firmware.ts";
import { driveExpert, episodeOf } from "../pipeline/drive.ts";
import { POLICY_TABLE_HEAD, policyTableRow } from "../pipeline/policy-table.ts";
import { daggerReport } from "../pipeline/dagger-report.ts";
import { trainBundle } from "../pipeline/train-policy.ts";
import { conclude, newCommand, realNumber, terminalFor, wholeNumber, type CommonOptions } from "./command.ts";
import { scoreSeeds } from "./dagger.ts";
import { policySummary, runDagger, type ScoredPolicy } from "./dagger-loop.ts";
import { loadPlant, ticksOf } from "./plant.ts";
import { loadRecordings, openProject, saveBundle, startRecording, type Project } from "./project.ts";
import { boardDifference, BoardSlot, emulatedTarget, firmwareSources } from "./target.ts";
import { addTrainingOptions, trainingRequest, type TrainingOptions } from "./training-options.ts";

export function demoCommand(): Command {
  return addTrainingOptions(
    newCommand(
      "reflexarc demo --board qemu-cortex-m4",
      "board, policies: [{name, policy, samples, collisionFree, laps, agreement: {float, int8, board}, differing, ...}], flashBytes, ramBytes, parameters, report",
    ),
  )
    .option("--board <id>", "the emulated board that drives", "virtual")
    .option("--folder <folder>", "where the demo's robot project is made; replaced when it holds an earlier demo", "demo")
    .option("--demonstrations <count>", "how many the first policy is cloned from", wholeNumber("--demonstrations", 1, 1000), 1)
    .option("--demonstration-seconds <duration>", "of each", realNumber("--demonstration-seconds", 1, 3600), 15)
    .option("--rounds <count>", "of DAgger", wholeNumber("--rounds", 1, 100), 3)
    .option("--episodes <count>", "driven in a round", wholeNumber("--episodes", 1, 1000), 6)
    .option("--seconds <duration>", "of each of them", realNumber("--seconds", 1, 3600), 30)
    .option("--score-episodes <count>", "that judge each policy", wholeNumber("--score-episodes", 1, 1000), 20)
    .option("--score-seconds <duration>", "of each of them", realNumber("--score-seconds", 1, 3600), 45)
    .option("--afresh", "begin each round's training anew, instead of going on from the policy before")
    .action(demo);
}

interface DemoOptions extends CommonOptions, TrainingOptions {
  readonly board: string;
  readonly folder: string;
  readonly demonstrations: number;
  readonly demonstrationSeconds: number;
  readonly rounds: number;
  readonly episodes: number;
  readonly seconds: number;
  readonly scoreEpisodes: number;
  readonly scoreSeconds: number;
  readonly afresh?: boolean;
}

/** Marks a folder as the demo's own, which the next demo may replace. */
const MARK = ".reflexarc-demo";

async function demo(options: DemoOptions): Promise<void> {
  const terminal = terminalFor(options);
  const target = await emulatedTarget(options.board);
  await makeProject(options.folder);
  const project = await openProject(options.folder, terminal);
  const { spec } = project.robot;
  const plant = await loadPlant(spec, null);
  terminal.note(`A ${spec.name} in a simulated room, ${spec.rateHz} ticks a second; the policy runs on ${target.board.name}.`);

  await demonstrate(project, options);
  const training = await trainingRequest(project, await loadRecordings(project, [], terminal), options, terminal);
  const bundle = await trainBundle({ ...training, label: "cloned: training", warn: () => undefined });
  const first = { bundle, folder: await saveBundle(project, bundle), name: "cloned" };

  const slot = new BoardSlot(project.robot, target, terminal.progress);
  const policies: ScoredPolicy[] = [];
  try {
    const run = {
      project,
      plant,
      slot,
      training,
      dagger: { rounds: options.rounds, episodesPerRound: options.episodes, beta: 0, seed: options.seed },
      afresh: options.afresh === true,
      ticks: ticksOf(spec, options.seconds),
      scoreSeeds: scoreSeeds(options.seed, options.scoreEpisodes),
      scoreTicks: ticksOf(spec, options.scoreSeconds),
      terminal,
    };
    for await (const policy of runDagger(run, first)) policies.push(policy);
  } finally {
    await slot.stop();
  }

  const report = join(options.folder, "report.html");
  await writeWhole(
    report,
    daggerReport({ title: `${spec.name}: from demonstrations to ${target.board.name}`, walls: plant.walls, policies }),
  );
  terminal.line();
  terminal.table(POLICY_TABLE_HEAD, policies.map(policyTableRow));
  const last = policies.at(-1) ?? usage();
  const sizes = await sizesOf(project, last, target);
  terminal.line();
  terminal.table(
    [`${last.name} on ${target.board.id}`, "parameters", "MACs an inference", "flash: code", "constants", "together", "RAM"],
    [
      [
        last.bundle.policyHash,
        String(sizes.parameters),
        String(sizes.macs),
        `${sizes.codeBytes} B`,
        `${sizes.constantBytes} B`,
        `${sizes.flashBytes} B`,
        `${sizes.ramBytes} B`,
      ],
    ],
  );
  terminal.line();
  terminal.line(`report: ${report}`);
  plant.dispose();
  const result = { board: options.board, policies: policies.map(policySummary), ...sizes, report };
  conclude(
    terminal,
    result,
    policies.flatMap(({ name, score }) => boardDifference(options.board, name, score.differing)),
  );
}

function usage(): never {
  throw usageError("demo-no-policy", "no policy was trained", "give --rounds 1 or more");
}

async function makeProject(folder: string): Promise<void> {
  const present = await listFolder(folder);
  if (present.length > 0 && !present.includes(MARK)) {
    throw usageError(
      "folder-not-empty",
      `${folder} holds something else than an earlier demo`,
      "give another folder with --folder; nothing was written",
    );
  }
  await rm(folder, { recursive: true, force: true });
  await writeTree(
    folder,
    new Map([...(await readRobotTemplate("wall-follower")), [MARK, "Made by `reflexarc demo`, and replaced by the next one.\n"]]),
  );
}

/** The expert demonstrates; the recording is kept as of any other session. */
async function demonstrate(project: Project, options: DemoOptions): Promise<readonly Episode[]> {
  const { spec } = project.robot;
  const plant = await loadPlant(spec, null);
  const recording = await startRecording(project, "demonstrations", `sim:${plant.name}, expert rule`, options.seed);
  const episodes: Episode[] = [];
  for (let index = 0; index < options.demonstrations; index++) {
    const drive = await driveExpert(spec, plant, options.seed + index, ticksOf(spec, options.demonstrationSeconds));
    episodes.push(episodeOf(spec, drive, `demonstration ${index + 1}`));
    await recording.writer.episode(episodes[index] as Episode);
  }
  await recording.close();
  plant.dispose();
  return episodes;
}

/** What the last policy takes on the board, from a build of its own. */
async function sizesOf(
  project: Project,
  { bundle }: ScoredPolicy,
  target: Awaited<ReturnType<typeof emulatedTarget>>,
): Promise<Record<"parameters" | "flashBytes" | "codeBytes" | "constantBytes" | "ramBytes" | "macs", number>> {
  const firmware = compileAgent(project.robot, bundle, target.board, { runtime: "c" }, await firmwareSources());
  const build = await target.toolchain.build(firmware.request);
  const size = build.sizes.get("generated/policy.c");
  const codeBytes = size?.code ?? 0;
  const constantBytes = size?.constants ?? firmware.budget.flashBytes.constants;
  return {
    parameters: graphParameters(bundle.graph),
    flashBytes: codeBytes + constantBytes,
    codeBytes,
    constantBytes,
    ramBytes: firmware.budget.ramBytes,
    macs: multiplyAccumulates(bundle.graph),
  };
}
