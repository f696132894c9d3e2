// reflexarc eval: how good a policy is, on data that it never saw (--blocks), and driving a simulated robot.

import type { Command } from "commander";
import { scoreDriving } from "../pipeline/dagger.ts";
import { evaluateBlocks, meanScores, type BlockScores, type Scores, type WithBoard } from "../pipeline/evaluate.ts";
import { conclude, newProjectCommand, realNumber, terminalFor, wholeNumber, type ProjectOptions } from "./command.ts";
import { percent } from "../report/format.ts";
import { scoreSeeds } from "./dagger.ts";
import { loadPlant, ticksOf } from "./plant.ts";
import { loadBundle, loadRecordings, openProject, type Project } from "./project.ts";
import { boardDifference, BoardSlot, emulatedTarget, type Target } from "./target.ts";
import { addTrainingOptions, trainingRequest, type TrainingOptions } from "./training-options.ts";
import type { Terminal } from "../host/terminal.ts";

export function evalCommand(): Command {
  return addTrainingOptions(
    newProjectCommand(
      "reflexarc eval --blocks 4 --board qemu-cortex-m4",
      "with --blocks: accuracy: {float, int8, board}, differing, blocks: [...]; without: collisionFree, laps, agreement: {float, int8, board}, differing, ...",
    ),
  )
    .option(
      "--blocks <count>",
      "cut the recordings into contiguous blocks, hold each out once, train on the others",
      wholeNumber("--blocks", 2, 100),
    )
    .option("--board <id>", "the emulated board", "virtual")
    .option("--policy <bundle>", "without --blocks: which policy; the newest when not given")
    .option("--episodes <count>", "without --blocks: how many starts", wholeNumber("--episodes", 1, 1000), 10)
    .option("--seconds <duration>", "without --blocks: of each episode", realNumber("--seconds", 0, 86_400), 45)
    .action(evaluate);
}

interface EvalOptions extends ProjectOptions, TrainingOptions {
  readonly blocks?: number;
  readonly board: string;
  readonly policy?: string;
  readonly episodes: number;
  readonly seconds: number;
}

async function evaluate(options: EvalOptions): Promise<void> {
  const terminal = terminalFor(options);
  const project = await openProject(options.project, terminal);
  const target = await emulatedTarget(options.board);
  if (options.blocks === undefined) await closedLoop(project, target, options, terminal);
  else await heldOutBlocks(project, target, options, options.blocks, terminal);
}

async function heldOutBlocks(project: Project, target: Target, options: EvalOptions, blocks: number, terminal: Terminal): Promise<void> {
  const request = await trainingRequest(project, await loadRecordings(project, [], terminal), options, terminal);
  const slot = new BoardSlot(project.robot, target, terminal.progress);
  const withBoard: WithBoard = async (bundle, use) => {
    try {
      return await use(await slot.put(bundle));
    } finally {
      await slot.stop();
    }
  };
  const scores: BlockScores[] = [];
  for await (const block of evaluateBlocks(request, blocks, withBoard)) scores.push(block);
  const mean = meanScores(scores);
  const row = (name: string, each: Scores): string[] => [
    name,
    percent(each.float),
    percent(each.int8),
    percent(each.board),
    String(each.rows),
    String(each.differing),
  ];
  terminal.table(
    [`held out (${mean.kind})`, "float", "int8", options.board, "rows", "rows that differ from int8"],
    [...scores.map((each) => row(`block ${each.block}`, each)), row("mean", mean)],
  );
  const accuracy = { float: mean.float, int8: mean.int8, board: mean.board };
  const result = { kind: mean.kind, accuracy, differing: mean.differing, board: options.board, blocks: scores };
  conclude(terminal, result, boardDifference(options.board, "all blocks", mean.differing));
}

async function closedLoop(project: Project, target: Target, options: EvalOptions, terminal: Terminal): Promise<void> {
  const { robot } = project;
  const { bundle, folder } = await loadBundle(project, options.policy);
  const plant = await loadPlant(robot.spec, null);
  const slot = new BoardSlot(robot, target, terminal.progress);
  try {
    const board = await slot.put(bundle);
    const seeds = scoreSeeds(options.seed, options.episodes);
    const { drives, ...score } = await scoreDriving(
      robot,
      plant,
      board,
      bundle,
      seeds,
      ticksOf(robot.spec, options.seconds),
      terminal.progress,
      "driving",
    );
    terminal.table(
      [
        "policy",
        "without collision",
        "laps",
        "distance",
        "agreement: float",
        "int8",
        options.board,
        "ticks",
        "ticks that differ from int8",
      ],
      [
        [
          folder,
          percent(score.collisionFree),
          score.laps.toFixed(2),
          `${score.distance.toFixed(2)} m`,
          score.agreementFloat === null ? "-" : percent(score.agreementFloat),
          percent(score.agreementInt8),
          percent(score.agreementBoard),
          String(score.ticks),
          String(score.differing),
        ],
      ],
    );
    const { agreementFloat, agreementInt8, agreementBoard, ...rest } = score;
    const agreement = { float: agreementFloat, int8: agreementInt8, board: agreementBoard };
    const collisions = drives.filter((drive) => drive.rollout.collided).length;
    conclude(
      terminal,
      { policy: folder, board: options.board, ...rest, agreement, collisions },
      boardDifference(options.board, folder, score.differing),
    );
  } finally {
    await slot.stop();
    plant.dispose();
  }
}
