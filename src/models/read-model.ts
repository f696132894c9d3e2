// model.json of a TensorFlow.js model and the files beside it in, a float network out, or everything that keeps it from being one.

import type { Outcome } from "../core/diagnostic.ts";
import { readGraphModel } from "./graph-model/read-graph-model.ts";
import { Json } from "./json.ts";
import { readLayersModel } from "./keras/read-layers-model.ts";
import { EXPORT_AGAIN, modelProblem, outcomeOf, quoted } from "./problem.ts";
import type { ReadNetwork } from "./read-network.ts";
import { simplified } from "./simplify.ts";
import { readWeights, shardPaths } from "./weights.ts";

/** @param file name of model.json, for messages. @returns the paths of its weights, relative to it. */
export function weightFiles(text: string, file: string): Outcome<readonly string[]> {
  return outcomeOf(file, () => shardPaths(parsed(text)));
}

/** @param shards by path relative to model.json. */
export function readTensorFlowJs(text: string, shards: ReadonlyMap<string, Uint8Array>, file: string): Outcome<ReadNetwork> {
  return outcomeOf(file, () => {
    const model = parsed(text);
    const weights = readWeights(model, shards);
    const { network, layers } = isGraphModel(model) ? readGraphModel(model, weights) : readLayersModel(model, weights);
    return { network: simplified(network), layers };
  });
}

function isGraphModel(model: Json): boolean {
  const format = model.get("format").text("");
  if (format === "graph-model") return true;
  if (format === "layers-model" || format === "")
    return !model.get("modelTopology").isAbsent && !model.get("modelTopology").get("node").isAbsent;
  throw modelProblem("model-format", `its format is ${quoted(format)}`, "convert it to a TensorFlow.js layers model or graph model");
}

function parsed(text: string): Json {
  try {
    return new Json(JSON.parse(text), "model.json");
  } catch {
    throw modelProblem("model-malformed", "it is no JSON", EXPORT_AGAIN);
  }
}
