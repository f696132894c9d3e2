// reflexarc import --model: a model of another tool becomes a policy of the project.

import { dirname, extname, join } from "node:path";
import type { Command } from "commander";
import { DiagnosticError, usageError, valueOf } from "../core/diagnostic.ts";
import type { PolicyForm } from "../artifacts/policy-form.ts";
import { policyInputWidth } from "../artifacts/encoding.ts";
import { multiplyAccumulates } from "../artifacts/graph.ts";
import { isFolder, readNamed } from "../host/files.ts";
import { toolVersion } from "../host/package-files.ts";
import { weightFiles } from "../models/read-model.ts";
import { SCALINGS, type Scaling } from "../models/scaling.ts";
import { importModel, type ImportedModel, type ModelSource } from "../pipeline/import-model.ts";
import { WEIGHT_GRANULARITIES, type WeightGranularity } from "../quantize/plan-quantization.ts";
import { oneOf, terminalFor, wholeNumber, type ProjectOptions } from "./command.ts";
import { loadRecordings, openProject, saveBundle, type Project, type Recordings } from "./project.ts";
import type { Terminal } from "../host/terminal.ts";

export interface ImportModelOptions extends ProjectOptions {
  readonly model?: string;
  readonly inputs?: Scaling;
  readonly outputs?: Scaling;
  readonly seed: number;
  readonly weightScales: WeightGranularity;
}

export function addModelOptions(command: Command): Command {
  const scalings = SCALINGS.join(", ");
  return command
    .option(
      "--model <file>",
      "import a policy instead: .tflite, or model.json of TensorFlow.js; files are recordings to calibrate it with then",
    )
    .option(
      "--inputs <scale>",
      `with --model, what it was trained on: ${scalings} (values, 0..1 or -1..1 across @clip); values where the model does not show it`,
      oneOf("--inputs", SCALINGS),
    )
    .option(
      "--outputs <scale>",
      `with --model, what it says: ${scalings}; after tanh -1..1, after a sigmoid 0..1, else values`,
      oneOf("--outputs", SCALINGS),
    )
    .option(
      "--seed <number>",
      "with --model, of the random observations that calibrate where nothing is recorded",
      wholeNumber("--seed", 0, 2 ** 32 - 1),
      1,
    )
    .option(
      "--weight-scales <kind>",
      `with --model: ${WEIGHT_GRANULARITIES.join(" or ")} (for old versions of TensorFlow Lite Micro)`,
      oneOf("--weight-scales", WEIGHT_GRANULARITIES),
      "per-channel",
    );
}

/** @param recordings to calibrate with and to be judged by; all of the project's when none is named. */
export async function importModelFile(file: string, recordings: readonly string[], options: ImportModelOptions): Promise<void> {
  const terminal = terminalFor(options);
  const project = await openProject(options.project, terminal);
  const source = await readSource(file);
  const { episodes, hashes } = await recorded(project, recordings, terminal);
  const imported = importModel({
    robot: project.robot,
    source,
    scalings: { inputs: options.inputs ?? null, outputs: options.outputs ?? null },
    episodes,
    recordings: hashes,
    seed: options.seed,
    weightScales: options.weightScales,
    toolVersion,
    warn: terminal.warn,
  });
  const folder = await saveBundle(project, imported.bundle);
  report(project, imported, folder, terminal);
}

/** Formats that we don't read, and how to get there from each. */
const CONVERTERS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [".h5", ".hdf5", ".keras"].map((ending) => [
      ending,
      "in Python: open('model.tflite', 'wb').write(tf.lite.TFLiteConverter.from_keras_model(keras.models.load_model(...)).convert()); with recurrent layers: tensorflowjs_converter --input_format keras",
    ]),
  ),
  ".pb":
    "convert the SavedModel: tensorflowjs_converter --input_format tf_saved_model FOLDER OUT, or tf.lite.TFLiteConverter.from_saved_model",
  ...Object.fromEntries(
    [".onnx", ".pt", ".pth", ".safetensors"].map((ending) => [ending, "convert it to .tflite, with ai-edge-torch or onnx2tf for example"]),
  ),
};

async function readSource(named: string): Promise<ModelSource> {
  const name = (await isFolder(named)) ? join(named, "model.json") : named;
  const ending = extname(name).toLowerCase();
  if (ending !== ".tflite" && ending !== ".json") {
    const hint = CONVERTERS[ending] ?? "give a .tflite file, or model.json of a TensorFlow.js model";
    throw usageError("model-format", `${name} is a model of a kind that can't be imported`, hint);
  }
  const bytes = await readNamed(name);
  if (ending === ".tflite") return { name, bytes, shards: new Map() };
  const paths = valueOf(weightFiles(new TextDecoder().decode(bytes), name));
  const shards = new Map<string, Uint8Array>();
  for (const path of new Set(paths)) shards.set(path, await readNamed(join(dirname(name), path)));
  return { name, bytes, shards };
}

/** The recordings, or none: a model can be imported before anything is recorded. */
async function recorded(project: Project, names: readonly string[], terminal: Terminal): Promise<Pick<Recordings, "episodes" | "hashes">> {
  try {
    return await loadRecordings(project, names, terminal);
  } catch (error) {
    if (names.length === 0 && error instanceof DiagnosticError && error.diagnostics.some(({ code }) => code === "no-recordings"))
      return { episodes: [], hashes: {} };
    throw error;
  }
}

function report({ robot: { spec } }: Project, imported: ImportedModel, folder: string, terminal: Terminal): void {
  const { bundle, layers, parameters, inputs, outputs, arithmetic } = imported;
  const { metrics, policyHash, form } = bundle;
  terminal.line(`${arithmetic} model, ${parameters} parameters:`);
  for (const layer of layers.slice(0, MOST_LAYERS)) terminal.line(`  ${layer}`);
  if (layers.length > MOST_LAYERS) terminal.line(`  and ${layers.length - MOST_LAYERS} more`);
  terminal.line(`takes ${memoryText(policyInputWidth(spec), form)}, ${SCALES[inputs]} (--inputs ${inputs})`);
  if (spec.action.kind === "discrete")
    terminal.line(`says ${spec.action.labels.length} labels, of which the highest counts: ${spec.action.labels.join(", ")}`);
  if (outputs !== null) terminal.line(`says actions, ${SCALES[outputs]} (--outputs ${outputs})`);
  if (metrics.rows > 0) {
    const what = metrics.kind === "agreement" ? "agreement with the expert" : "mean error, share of range";
    terminal.table(
      ["recorded", "float", "int8", "rows"],
      [[what, arithmetic === "float" ? percent(metrics.float) : "", percent(metrics.int8), String(metrics.rows)]],
    );
  } else terminal.line("not judged: nobody said in a recording what is right");
  terminal.line(`${folder}: policy ${policyHash}`);
  terminal.result({
    policy: folder,
    policyHash,
    arithmetic,
    layers,
    parameters,
    macs: multiplyAccumulates(bundle.graph),
    inputs,
    outputs,
    memory: form.memory,
    metrics:
      metrics.rows === 0
        ? null
        : { kind: metrics.kind, float: arithmetic === "float" ? metrics.float : null, int8: metrics.int8, rows: metrics.rows },
  });
}

/** Lines that a person reads. */
const MOST_LAYERS = 40;

const SCALES: Readonly<Record<Scaling, string>> = {
  physical: "as values in their units",
  unit: "0..1 across their range",
  centred: "-1..1 across their range",
};

function memoryText(width: number, { memory }: PolicyForm): string {
  switch (memory.kind) {
    case "none":
      return `${width} numbers`;
    case "window":
      return `the newest ${memory.ticks} observations of ${width} numbers`;
    case "state":
      return `${width} numbers, and ${memory.elements.join(" + ")} of state that it keeps from tick to tick`;
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
