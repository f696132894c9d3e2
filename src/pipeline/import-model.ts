// Import: a model of another tool in, a policy bundle out that quantizes, compiles and flashes like one that was trained here.

import { at } from "../core/assert.ts";
import { runError, valueOf, warningDiagnostic, type Diagnostic } from "../core/diagnostic.ts";
import { hash64, type Hash64 } from "../core/hash.ts";
import { Random } from "../core/random.ts";
import { encodedWidth, policyInputWidth } from "../artifacts/encoding.ts";
import { verifyEpisode, type Episode } from "../artifacts/episode.ts";
import { graphParameters, type Graph } from "../artifacts/graph.ts";
import { networkInputs, parameterCount, type FloatNetwork } from "../artifacts/network.ts";
import type { PolicyBundle, PolicyMetrics } from "../artifacts/policy-bundle.ts";
import type { PolicyForm } from "../artifacts/policy-form.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import { stretchStarts, type Samples } from "../artifacts/samples.ts";
import { samplesOf } from "../dataset/samples.ts";
import { checkedNetwork } from "../models/checked-network.ts";
import { fitGraph } from "../models/fit-graph.ts";
import { fitNetwork, type Scalings } from "../models/fit-robot.ts";
import { readTensorFlowJs } from "../models/read-model.ts";
import type { ReadNetwork } from "../models/read-network.ts";
import { withScaledStates } from "../models/scale-states.ts";
import type { Scaling } from "../models/scaling.ts";
import { createFloatInterpreter } from "../quantize/float-interpreter.ts";
import type { WeightGranularity } from "../quantize/plan-quantization.ts";
import { quantizeNetwork } from "../quantize/quantize-network.ts";
import { readFloatTflite } from "../tflite/read-float.ts";
import { readTflite } from "../tflite/read.ts";
import { modelBytes, policyHashOf } from "./bundle-files.ts";
import { goldenVectors } from "./golden-vectors.ts";
import { floatPolicy, int8Policy } from "./policy.ts";
import { planPolicy } from "./quantize-policy.ts";
import type { Robot } from "./robot.ts";
import { episodeTicks, isJudged, scoreKind, scorePolicy } from "./score.ts";

/** A model as its files. */
export interface ModelSource {
  /** Of the file that was named, for messages: it ends in .tflite or .json. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Weights beside a model.json, by the path in it. */
  readonly shards: ReadonlyMap<string, Uint8Array>;
}

export interface ImportRequest {
  readonly robot: Robot;
  readonly source: ModelSource;
  readonly scalings: Scalings;
  /** What it is calibrated with, and judged by where somebody said what is right; there may be none. */
  readonly episodes: readonly Episode[];
  readonly recordings: Readonly<Record<string, Hash64>>;
  readonly seed: number;
  readonly weightScales: WeightGranularity;
  readonly toolVersion: string;
  readonly warn: (warning: Diagnostic) => void;
}

export interface ImportedModel {
  readonly bundle: PolicyBundle;
  readonly arithmetic: "float" | "int8";
  /** What the model is built of, in its own words. */
  readonly layers: readonly string[];
  readonly parameters: number;
  readonly inputs: Scaling;
  readonly outputs: Scaling | null;
}

/** A policy before it is judged. */
interface Fitted {
  readonly network: FloatNetwork | null;
  readonly graph: Graph;
  readonly form: PolicyForm;
  readonly layers: readonly string[];
  readonly inputs: Scaling;
  readonly outputs: Scaling | null;
}

/** @throws DiagnosticError with everything that keeps the model from being a policy of this robot. */
export function importModel(request: ImportRequest): ImportedModel {
  const { robot, source, seed, episodes } = request;
  const { spec, version } = robot;
  episodes.forEach((episode) => {
    verifyEpisode(spec, episode);
  });
  const read = readModel(source);
  const fitted = "operators" in read ? fitInt8(request, read) : fitFloat(request, read);
  const { network, form, graph } = fitted;
  const ticks = episodeTicks(spec, episodes);
  const observations = ticks.map(({ observation }) => observation);
  const labelled = ticks.filter(isJudged).length;
  const bundle: PolicyBundle = {
    provenance: {
      toolVersion: request.toolVersion,
      robot: spec.name,
      schemaHash: version.hash,
      schemaRevision: version.revision,
      seed,
      engine: "import",
      recordings: request.recordings,
      samples: 0,
      epochs: 0,
      importedFrom: { file: source.name.replace(/^.*[/\\]/, ""), hash: sourceHash(source), inputs: fitted.inputs, outputs: fitted.outputs },
    },
    metrics: metricsOf(spec, episodes, labelled, fitted),
    form,
    network,
    graph,
    vectors: goldenVectors(spec, form, graph, observations, seed),
    policyHash: policyHashOf(graph, spec.name),
  };
  const { layers, inputs, outputs } = fitted;
  return {
    bundle,
    arithmetic: network === null ? "int8" : "float",
    layers,
    parameters: network === null ? graphParameters(graph) : parameterCount(network),
    inputs,
    outputs,
  };
}

/** A float network where the model computes in floating point, else an int8 graph. @throws DiagnosticError */
export function readModel({ name, bytes, shards }: ModelSource): ReadNetwork | Graph {
  if (!name.toLowerCase().endsWith(".tflite")) return valueOf(readTensorFlowJs(new TextDecoder().decode(bytes), shards, name));
  const graph = readTflite(bytes, name);
  if (graph.ok || !graph.diagnostics.some(({ code }) => code === "tflite-float-model")) return valueOf(graph);
  return valueOf(checkedNetwork(valueOf(readFloatTflite(bytes, name)), name));
}

function fitInt8({ robot: { spec }, source, scalings, warn }: ImportRequest, read: Graph): Fitted {
  const fitted = valueOf(fitGraph(read, spec, scalings, source.name));
  fitted.warnings.forEach(warn);
  // What another reader of the bundle will find: checked once more, without what nothing uses.
  const graph = valueOf(readTflite(modelBytes(fitted.model, spec.name), source.name));
  const layers = read.operators.map(({ kind }, index) => `${index} (${kind})`);
  return { network: null, graph, form: fitted.form, layers, inputs: fitted.inputs, outputs: fitted.outputs };
}

function fitFloat({ robot, source, scalings, episodes, seed, weightScales, warn }: ImportRequest, read: ReadNetwork): Fitted {
  const { spec } = robot;
  const { model, form, inputs, outputs } = valueOf(fitNetwork(read.network, spec, scalings, source.name));
  const seen = samplesOf(spec, episodes);
  if (seen.rows === 0) {
    const message = "there are no recordings: int8 is calibrated with random observations";
    warn(
      warningDiagnostic(
        "import-uncalibrated",
        message,
        "record some, expert or not, and import the model again: int8 will be closer to float",
      ),
    );
  }
  const samples = seen.rows > 0 ? seen : randomSamples(spec, seed);
  const network = withScaledStates(model, stateFactors(model, samples));
  const graph = quantizeNetwork(network, planPolicy(spec, form, network, samples, weightScales, seed));
  return { network, graph, form, layers: read.layers, inputs, outputs };
}

const RANDOM_ROWS = 1024;

/** Ticks of a stretch of random observations. */
const RANDOM_TICKS = 128;

/** Anything that the robot could sense. */
function randomSamples(spec: RobotSpec, seed: number): Samples {
  const random = new Random(seed);
  const inputWidth = policyInputWidth(spec);
  const inputs = new Float32Array(RANDOM_ROWS * inputWidth);
  for (let row = 0; row < RANDOM_ROWS; row++) {
    let place = row * inputWidth;
    for (const field of spec.observation) {
      const width = encodedWidth(field);
      const values = inputs.subarray(place, place + width);
      const chosen = random.integer(width);
      for (let index = 0; index < width; index++)
        values[index] = field.kind !== "choice" ? random.uniform(-1, 1) : index === chosen ? 1 : -1;
      place += width;
    }
  }
  return {
    rows: RANDOM_ROWS,
    inputWidth,
    inputs,
    targetWidth: 1,
    targets: new Float32Array(RANDOM_ROWS),
    weights: new Float32Array(RANDOM_ROWS),
    starts: Uint32Array.from({ length: RANDOM_ROWS / RANDOM_TICKS }, (_, stretch) => stretch * RANDOM_TICKS),
  };
}

/** Rows that are enough to see how far state goes. */
const STATE_ROWS = 4000;

/** What each state must be divided by to stay within -1..1: a power of two, 1 where it does so by itself. */
function stateFactors(network: FloatNetwork, samples: Samples): readonly number[] {
  const nothing = network.inputs
    .slice(1)
    .map((id) => new Float32Array(at(network.tensors, id).shape.reduce((product, size) => product * size, 1)));
  if (nothing.length === 0) return [];
  const interpreter = createFloatInterpreter(network);
  const firsts = stretchStarts(samples);
  const width = networkInputs(network);
  const reach = nothing.map(() => 1);
  let states: readonly Float32Array[] = nothing;
  for (let row = 0; row < Math.min(samples.rows, STATE_ROWS); row++) {
    if (firsts[row] === row) states = nothing;
    states = interpreter.infer([samples.inputs.slice(row * width, (row + 1) * width), ...states]).slice(1);
    states.forEach((values, index) => {
      reach[index] = values.reduce((most, value) => Math.max(most, Math.abs(value)), at(reach, index));
    });
  }
  if (!reach.every(Number.isFinite)) {
    throw runError(
      "model-state",
      "the model's state grows beyond all bounds",
      "train it on longer sequences, or keep it bounded with tanh",
    );
  }
  // TANH gives 1 and no more.
  return reach.map((most) => 2 ** Math.ceil(Math.log2(most) - 1e-6));
}

function metricsOf(spec: RobotSpec, episodes: readonly Episode[], rows: number, { network, graph, form }: Fitted): PolicyMetrics {
  const int8 = rows === 0 ? 0 : scorePolicy(spec, episodes, int8Policy(spec, form, graph));
  const float = rows === 0 ? 0 : network === null ? int8 : scorePolicy(spec, episodes, floatPolicy(spec, form, network));
  return {
    kind: scoreKind(spec.action),
    float,
    int8,
    postTraining: int8,
    quantizationAware: null,
    rows,
    trainingLoss: [],
    validationLoss: [],
  };
}

/** Of all files together. */
function sourceHash({ bytes, shards }: ModelSource): Hash64 {
  return hash64([hash64(bytes), ...[...shards].map(([path, content]) => `${path} ${hash64(content)}`)].join("\n"));
}
