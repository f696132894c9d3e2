// `npm run figures`: measures every policy on every emulated core and writes what depends on it: the cost model's coefficients, the
// baseline that tests/bench/bench.test.ts holds, README's tables. Takes a quarter of an hour.

import { execFileSync } from "node:child_process";
import { test } from "vitest";
import type { Core } from "../../src/artifacts/board.ts";
import type { CoreCosts } from "../../src/emit/c/cost-model.ts";
import { KERNEL_COSTS } from "../../src/emit/c/kernel-costs.generated.ts";
import { loadBoard } from "../../src/host/boards.ts";
import { boardsFolder } from "../../src/host/package-files.ts";
import { fitBoard, writeCosts } from "./cost-samples.ts";
import { COUNTED_BOARDS, measure, readBaseline, writeBaseline, type Figures } from "./figures.ts";
import { benchModels } from "./models.ts";
import { updateReadme } from "./readme.ts";

/** Room above the largest measurement: other inputs may take other branches. */
const SPARE = 1.004;

const HOUR_MS = 3_600_000;

/** ONLY=qemu-cortex-m4,pico measures these alone and keeps what is known of the others. */
const only = process.env["ONLY"]?.split(",");
const boards = COUNTED_BOARDS.filter(({ board }) => only === undefined || only.includes(board));

const costs: Partial<Record<Core, CoreCosts>> = { ...KERNEL_COSTS };

test.each(boards)("costs of kernels on $board", { timeout: HOUR_MS }, async ({ board }) => {
  const { core } = await loadBoard(boardsFolder, board);
  const fitted = await fitBoard(board, core, SPARE);
  costs[core] = fitted.costs;
  console.log(fitted.report);
  writeCosts(costs);
  execFileSync("npx", ["prettier", "--write", "src/emit/c/kernel-costs.generated.ts"]);
});

test.each(boards)("figures of policies on $board", { timeout: HOUR_MS }, async ({ board }) => {
  const figures: Record<string, Figures | null> = {};
  for (const model of benchModels()) figures[model.name] = (await measure(board, model))?.figures ?? null;
  writeBaseline({ ...readBaseline(), [board]: figures });
  updateReadme(readBaseline());
});
