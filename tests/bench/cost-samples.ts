// Policies of all sizes and operators, built and run on a board, beside what the cost model counts in them: what it is fitted to.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { valueOf } from "../../src/core/diagnostic.ts";
import { hash64 } from "../../src/core/hash.ts";
import type { Core } from "../../src/artifacts/board.ts";
import type { Graph } from "../../src/artifacts/graph.ts";
import type { IntegerProgram } from "../../src/artifacts/integer-program.ts";
import { chooseKernels } from "../../src/emit/c/choose-kernels.ts";
import { codeItems, exactCode, exactWork, workItems, type CoreCosts } from "../../src/emit/c/cost-model.ts";
import { emitPolicy } from "../../src/emit/c/policy.ts";
import { OPTIMIZATIONS, type Optimization } from "../../src/emit/c/printed-step.ts";
import { lowerGraph } from "../../src/lower/lower-graph.ts";
import { randomGraph } from "../random-graph.ts";
import { fit, type Sample } from "./fit.ts";
import { measure, type Figures } from "./figures.ts";
import { benchModels, mlp, type BenchModel } from "./models.ts";

interface CostSample extends BenchModel {
  readonly optimize: Optimization;
}

const RANDOM_GRAPHS = 60;
const MLPS = [
  [3, 5, 1],
  [16, 24, 3],
  [40, 31, 17, 2],
  [9, 64, 4],
  [100, 12, 6],
  [31, 33, 35, 5],
  [6, 100, 2],
  [128, 20, 4],
];

/** The policies that are measured by name, and many random ones in every way of optimising. */
export function costSamples(): CostSample[] {
  const named = benchModels().map((model) => ({ ...model, optimize: "balanced" as const }));
  const dense = MLPS.map((widths, index) => ({
    ...{ name: widths.join("-"), optimize: optimizationOf(index) },
    graph: mlp(widths, index % 2 === 0 ? "per-channel" : "per-tensor", index),
  }));
  const random = Array.from({ length: RANDOM_GRAPHS }, (_, seed) => ({
    ...{ name: `random ${seed}`, optimize: optimizationOf(seed) },
    graph: sampleGraph(1000 + seed),
  }));
  return [...named, ...dense, ...random].filter(({ graph }) => lowerGraph(graph).ok);
}

function optimizationOf(index: number): Optimization {
  return OPTIMIZATIONS[index % OPTIMIZATIONS.length] ?? "balanced";
}

/** Every third one is larger, every third one layers alone. */
export function sampleGraph(seed: number): Graph {
  const scale = [1, 2, 3][seed % 3] ?? 1;
  if (seed % 4 === 3) return randomGraph(seed, { kinds: ["fully-connected", "conv-2d", "depthwise-conv-2d"], chain: true, scale });
  return randomGraph(seed, { scale });
}

/** A compiler makes of the same kernel a little more or less code, by what stands beside it. */
const CODE_MARGIN = 1.08;

/** Measures every sample that fits the board. @param done is told how many are. */
export async function fitBoard(board: string, core: Core, spare: number): Promise<{ costs: CoreCosts; report: string }> {
  const [code, work]: [Sample[], Sample[]] = [[], []];
  for (const { name, graph, optimize } of costSamples()) {
    const program = valueOf(lowerGraph(graph));
    const figures = await remembered(board, program, core, optimize, async () => {
      const measured = await measure(board, { name, graph }, { runtime: "c", optimize });
      return measured === null ? null : measured.figures;
    });
    if (figures === null) continue;
    const { steps } = chooseKernels(program, core, optimize);
    const label = `${name}, ${optimize}`;
    code.push({ name: label, amounts: codeItems(steps), measured: figures.codeBytes, exact: exactCode(steps) });
    work.push({ name: label, amounts: workItems(program, steps), measured: figures.instructions, exact: exactWork(steps) });
  }
  const [codeFit, workFit] = [fit(code, spare, CODE_MARGIN), fit(work, spare)];
  const costs = {
    code: codeFit.costs,
    codeMargin: codeFit.margin,
    codeSlack: codeFit.slack,
    work: workFit.costs,
    workMargin: workFit.margin,
    workSlack: workFit.slack,
  };
  const words = (what: string, { margin, worst }: typeof codeFit): string =>
    `${board}, ${what}: margin ${margin}, at most ${worst.ratio.toFixed(2)} times the truth (${worst.name})`;
  return { costs, report: [words("code", codeFit), words("instructions", workFit)].join("\n") };
}

const MEMORY = new URL("../../node_modules/.cache/reflexarc/", import.meta.url);

/** The same policy on the same board costs the same: what was measured once, by any run, is not measured again. */
async function remembered(
  board: string,
  program: IntegerProgram,
  core: Core,
  optimize: Optimization,
  find: () => Promise<Figures | null>,
): Promise<Figures | null> {
  const identity = { name: "sample", policyHash: hash64("sample"), toolVersion: "", origin: [] };
  const file = new URL(`${board}.json`, MEMORY);
  const key = hash64(String(emitPolicy(program, identity, { core, optimize }).files.get("policy.c")));
  const memory = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, Figures | null>) : {};
  const known = memory[key];
  if (known !== undefined) return known;
  const found = await find();
  mkdirSync(MEMORY, { recursive: true });
  writeFileSync(file, JSON.stringify({ ...memory, [key]: found }));
  return found;
}

const COSTS = new URL("../../src/emit/c/kernel-costs.generated.ts", import.meta.url);

export function writeCosts(costs: Readonly<Partial<Record<Core, CoreCosts>>>): void {
  writeFileSync(
    COSTS,
    `// What each kernel costs on each core, measured on emulated boards: written by \`npm run figures\`, not by hand.

import type { Core } from "../../artifacts/board.ts";
import type { CoreCosts } from "./cost-model.ts";

export const KERNEL_COSTS: Readonly<Partial<Record<Core, CoreCosts>>> = ${JSON.stringify(costs, null, 2)};
`,
  );
}
