// A TensorFlow.js layers model (what tensorflowjs_converter makes of a Keras file, or tf.LayersModel.save) in, a float network out.

import { at } from "../../core/assert.ts";
import { DiagnosticError, errorDiagnostic, type Diagnostic } from "../../core/diagnostic.ts";
import type { TensorId } from "../../artifacts/graph.ts";
import type { ReadNetwork } from "../read-network.ts";
import type { Json } from "../json.ts";
import { NetworkBuilder } from "../network-builder.ts";
import { EXPORT_AGAIN, modelProblem, quoted, shapeText, within } from "../problem.ts";
import type { Weights } from "../weights.ts";
import { activationName, isSupportedActivation, SUPPORTED_ACTIVATIONS } from "./activations.ts";
import { layerNamed, SUPPORTED_LAYERS } from "./layers.ts";
import { isModel, modelConfig, readTopology, type LayerNode, type LayerOutput, type Topology } from "./topology.ts";
import { containerNames, Variables } from "./variables.ts";

/** @throws DiagnosticError with every layer that is not supported, or with the first other thing that is wrong. */
export function readLayersModel(model: Json, weights: Weights): ReadNetwork {
  const config = modelConfig(model);
  const topology = readTopology(config);
  const unsupported = unsupportedLayers(topology);
  if (unsupported.length > 0) throw new DiagnosticError(unsupported);
  const reader = new LayersReader(weights, isKeras2(model));
  const { inputs, outputs } = reader.model(topology, [], "", null);
  const layers: string[] = [];
  describe(topology, layers);
  return { network: reader.builder.finish(inputs, outputs), layers };
}

/** Models of Keras 2 and of TensorFlow.js itself. */
function isKeras2(model: Json): boolean {
  const version = model.get("modelTopology").get("keras_version").text(model.get("generatedBy").text(""));
  return !/^(keras v)?3\./.test(version);
}

function describe(topology: Topology, into: string[]): void {
  for (const layer of topology.layers) {
    if (layer.className === "InputLayer") continue;
    into.push(`${layer.name} (${layer.className})`);
    if (isModel(layer.className)) describe(nestedTopology(layer), into);
  }
}

function nestedTopology({ className, config }: LayerNode): Topology {
  return readTopology(config.with({ class_name: className, config: config.value }));
}

/** Everything that stands in the way, not the first thing alone. */
function unsupportedLayers({ layers }: Topology): Diagnostic[] {
  return layers.flatMap((layer) => {
    const { name, className, config } = layer;
    if (isModel(className)) return unsupportedLayers(nestedTopology(layer));
    if (className === "InputLayer") return [];
    if (layerNamed(className) === undefined) {
      const hint = `build the model from ${SUPPORTED_LAYERS.join(", ")}`;
      return [errorDiagnostic("model-layer-unsupported", `layer ${quoted(name)}: ${className} is not supported`, hint)];
    }
    return ["activation", "recurrent_activation"].flatMap((key) => {
      const activation = activationName(config.get(key));
      if (isSupportedActivation(activation)) return [];
      const hint = `use one of ${SUPPORTED_ACTIVATIONS.join(", ")}`;
      return [errorDiagnostic("model-activation", `layer ${quoted(name)}: the activation ${quoted(activation)} is not supported`, hint)];
    });
  });
}

/** Models within models, and no deeper: a hostile file may nest without end. */
const DEEPEST = 8;

class LayersReader {
  readonly builder = new NetworkBuilder();
  private readonly weights: Weights;
  private readonly keras2: boolean;

  constructor(weights: Weights, keras2: boolean) {
    this.weights = weights;
    this.keras2 = keras2;
  }

  /** @param given what the model is called with; null: it is the outermost, and its inputs are the network's. */
  model(
    topology: Topology,
    path: readonly string[],
    prefix: string,
    given: readonly TensorId[] | null,
  ): { inputs: TensorId[]; outputs: TensorId[] } {
    if (path.length > DEEPEST) throw modelProblem("model-size", "models are nested too deeply", "build the model from layers");
    const containers = containerNames(topology, prefix);
    const byName = new Map(topology.layers.map((layer) => [layer.name, layer]));
    /** What each call of each layer gave. */
    const results = new Map<string, readonly TensorId[]>();
    const key = (layer: string, call: number): string => `${call}:${layer}`;
    const inputs = topology.inputs.map(({ layer: name }, index) => {
      const layer = byName.get(name);
      if (layer === undefined) throw modelProblem("model-malformed", `the input layer ${quoted(name)} is missing`, EXPORT_AGAIN);
      const id = given === null ? this.input(layer) : given[index];
      if (id === undefined) throw modelProblem("model-call", `the model ${quoted(topology.name)} is given too few tensors`, EXPORT_AGAIN);
      results.set(key(name, 0), [id]);
      return id;
    });
    // In the order of dependence, which files need not have: each round builds the calls whose inputs are known.
    let waiting = topology.layers
      .flatMap((layer) => layer.calls.map((sources, call) => ({ layer, sources, call })))
      .filter(({ layer, call }) => !results.has(key(layer.name, call)));
    while (waiting.length > 0) {
      const later: typeof waiting = [];
      for (const each of waiting) {
        const operands = each.sources.map(({ layer, call, output }) => results.get(key(layer, call))?.[output]);
        if (operands.some((id) => id === undefined)) {
          later.push(each);
          continue;
        }
        results.set(
          key(each.layer.name, each.call),
          this.layer(each.layer, path, containers.get(each.layer) ?? "", operands as TensorId[]),
        );
      }
      if (later.length === waiting.length)
        throw modelProblem("model-malformed", `layer ${quoted(at(later, 0).layer.name)} is given what no layer makes`, EXPORT_AGAIN);
      waiting = later;
    }
    const outputs = topology.outputs.map(({ layer, call, output }: LayerOutput) => {
      const id = results.get(key(layer, call))?.[output];
      if (id === undefined) throw modelProblem("model-malformed", `the output ${quoted(layer)} is missing`, EXPORT_AGAIN);
      return id;
    });
    return { inputs, outputs };
  }

  private input({ name, config, className }: LayerNode): TensorId {
    const shapeSetting = ["batch_shape", "batch_input_shape", "batchInputShape"]
      .map((each) => config.get(each))
      .find((each) => !each.isAbsent);
    if (className !== "InputLayer" || shapeSetting === undefined)
      throw modelProblem("model-input", `the input ${quoted(name)} has no shape`, "begin the model with Input(shape=...)");
    const [, ...sizes] = shapeSetting.sizes();
    if (sizes.length === 0 || sizes.some((size) => size === null)) {
      throw modelProblem(
        "model-input",
        `the input ${quoted(name)} has the open shape ${shapeText(sizes)}`,
        "build the model with fixed sizes; only the batch may be open",
      );
    }
    return within(`input ${quoted(name)}`, () => this.builder.input(name, [1, ...(sizes as number[])]));
  }

  private layer(layer: LayerNode, path: readonly string[], container: string, operands: readonly TensorId[]): readonly TensorId[] {
    const { name, className, config } = layer;
    const ownPath = [...path, name];
    if (isModel(className)) return this.model(nestedTopology(layer), ownPath, `${container}/`, operands).outputs;
    const build = layerNamed(className);
    if (className === "InputLayer" || build === undefined) return operands;
    this.builder.scope = ownPath.join("/");
    const variables = new Variables(this.weights, ownPath, container);
    return within(`layer ${quoted(name)} (${className})`, () =>
      build({ builder: this.builder, config, variables, keras2: this.keras2 }, operands),
    );
  }
}
