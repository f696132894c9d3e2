// Which engine trains: our own, or the one asked for, or the first of tfjs's backends that can do what ours cannot. Loading happens on
// request, since most commands never train.

import type { FloatNetwork } from "../../artifacts/network.ts";
import { at } from "../../core/assert.ts";
import { runError } from "../../core/diagnostic.ts";
import { ENGINES, type EngineId, type TrainingEngine } from "../engine.ts";
import type { Objective } from "../loss.ts";

/** What is to be trained. */
export interface TrainingNeeds {
  readonly network: FloatNetwork;
  readonly objective: Objective;
}

/** The engine that is asked for; auto: the fastest here that can train what is needed, or anything where that is null.
 * @param wasmBytes reads our own engine's program.
 * @throws DiagnosticError when there is none. */
export async function loadEngine(
  choice: EngineId | "auto",
  wasmBytes: () => Promise<Uint8Array>,
  needs: TrainingNeeds | null = null,
): Promise<TrainingEngine> {
  const reasons: string[] = [];
  for (const id of choice === "auto" ? ENGINES : [choice]) {
    try {
      const engine = await startEngine(id, wasmBytes);
      const lack = needs === null ? null : engine.lacks(needs.network, needs.objective);
      if (lack === null) return engine;
      reasons.push(`${id} lacks ${lack}`);
    } catch (error) {
      reasons.push(`${id}: ${error instanceof Error ? at(error.message.split("\n"), 0) : String(error)}`);
    }
  }
  throw runError(
    "train-no-engine",
    `cannot train with ${choice === "auto" ? "any engine" : choice} here (${reasons.join("; ")})`,
    hint(choice),
  );
}

function hint(choice: EngineId | "auto"): string {
  switch (choice) {
    case "tfjs-node":
      return "install it with `npm install @tensorflow/tfjs-node`, or leave the choice to reflexarc";
    case "auto":
      return "run `npm ci` again, or choose another architecture in robot.ts";
    default:
      return "leave the choice to reflexarc";
  }
}

async function startEngine(id: EngineId, wasmBytes: () => Promise<Uint8Array>): Promise<TrainingEngine> {
  if (id !== "wasm") return (await import("./tfjs-backends.ts")).startTfjs(id);
  const { wasmEngine } = await import("./wasm/engine.ts");
  return wasmEngine(await wasmBytes());
}
