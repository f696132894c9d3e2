// The topology of a Keras model as JSON in, its layers and who feeds whom out: Sequential and Functional, as Keras 2, Keras 3 and
// TensorFlow.js write them.

import type { Json } from "../json.ts";
import { EXPORT_AGAIN, modelProblem, quoted } from "../problem.ts";

/** What a layer gave at one of its calls. */
export interface LayerOutput {
  readonly layer: string;
  readonly call: number;
  readonly output: number;
}

/** A layer, and what it is given at each of its calls: a layer may be shared. */
export interface LayerNode {
  readonly name: string;
  /** In Keras: "Dense". */
  readonly className: string;
  readonly config: Json;
  readonly calls: readonly (readonly LayerOutput[])[];
}

export interface Topology {
  readonly name: string;
  readonly layers: readonly LayerNode[];
  readonly inputs: readonly LayerOutput[];
  readonly outputs: readonly LayerOutput[];
}

const FUNCTIONAL = ["Functional", "Model"];

export function isModel(className: string): boolean {
  return className === "Sequential" || FUNCTIONAL.includes(className);
}

/** The topology of model.json, wherever the writer put it. */
export function modelConfig(model: Json): Json {
  const topology = model.get("modelTopology");
  const config = topology.get("model_config");
  return config.isAbsent ? topology : config;
}

/** @param model {class_name, config} of a Sequential or Functional model. */
export function readTopology(model: Json): Topology {
  const className = model.get("class_name").text();
  if (className === "Sequential") return readSequential(model.get("config"));
  if (FUNCTIONAL.includes(className)) return readFunctional(model.get("config"));
  throw modelProblem(
    "model-class",
    `the model is a ${quoted(className)}`,
    "build it as a Sequential or Functional model, or convert its SavedModel into a TensorFlow.js graph model",
  );
}

function readSequential(config: Json): Topology {
  // Keras 1 and early TensorFlow.js: the list alone.
  const list = config.isList ? config.list() : config.get("layers").list();
  const layers: LayerNode[] = [];
  for (const layer of list) {
    const { name, className, settings } = layerHead(layer);
    const shape = settings.get("batch_input_shape");
    if (layers.length === 0 && className !== "InputLayer") layers.push(inputLayer(config, shape));
    const previous = layers.at(-1);
    const calls = previous === undefined ? [] : [[{ layer: previous.name, call: 0, output: 0 }]];
    layers.push({ name, className, config: settings, calls });
  }
  const [first, last] = [layers[0], layers.at(-1)];
  if (first === undefined || last === undefined)
    throw modelProblem("model-empty", "the model has no layers", "save the model after building it");
  const end = ({ name }: LayerNode): LayerOutput => ({ layer: name, call: 0, output: 0 });
  return { name: nameOf(config), layers, inputs: [end(first)], outputs: [end(last)] };
}

/** The layer that Keras 2 leaves out where the first one says what it takes. */
function inputLayer(model: Json, shape: Json): LayerNode {
  const known = shape.isAbsent && !model.isList ? model.get("build_input_shape") : shape;
  if (!known.isAbsent) return { name: "input", className: "InputLayer", config: known.with({ batch_shape: known.value }), calls: [] };
  throw modelProblem("model-input", "the model does not say what it takes", "begin it with an Input layer, or build it before saving");
}

function readFunctional(config: Json): Topology {
  const layers = config
    .get("layers")
    .list()
    .map((layer): LayerNode => {
      const { name, className, settings } = layerHead(layer);
      const calls = layer
        .get("inbound_nodes")
        .list()
        .map((call) => tensorsOf(call));
      return { name, className, config: settings, calls };
    });
  const topology = {
    name: nameOf(config),
    layers,
    inputs: endsOf(config.get("input_layers")),
    outputs: endsOf(config.get("output_layers")),
  };
  return withCallsFromZero(topology);
}

/** Keras 2 and TensorFlow.js count the making of a nested model as its call 0, which no layer made: those that follow are 1, 2, ... */
function withCallsFromZero({ name, layers, inputs, outputs }: Topology): Topology {
  const references = [...outputs, ...layers.flatMap(({ calls }) => calls.flat())];
  const last = new Map(layers.map((layer) => [layer.name, layer.calls.length - 1]));
  const shifted = new Set(
    layers
      .filter(
        (layer) =>
          isModel(layer.className) && references.some((each) => each.layer === layer.name && each.call > (last.get(layer.name) ?? 0)),
      )
      .map((layer) => layer.name),
  );
  const counted = (each: LayerOutput): LayerOutput => (shifted.has(each.layer) ? { ...each, call: each.call - 1 } : each);
  return {
    name,
    layers: layers.map((layer) => ({ ...layer, calls: layer.calls.map((call) => call.map(counted)) })),
    inputs,
    outputs: outputs.map(counted),
  };
}

function layerHead(layer: Json): { readonly name: string; readonly className: string; readonly settings: Json } {
  const settings = layer.get("config");
  const className = layer.get("class_name").text();
  const inner = isModel(className) && settings.isList ? layer : settings;
  return { name: layer.get("name").text(inner.get("name").text(className)), className, settings };
}

function nameOf(config: Json): string {
  return config.isList ? "model" : config.get("name").text("model");
}

/** The tensors that a call is given. Keras 3: {args, kwargs} with __keras_tensor__ in them; before: [[layer, call, output, {}], ...]. */
function tensorsOf(call: Json): readonly LayerOutput[] {
  if (call.isObject && !call.get("args").isAbsent) return [...kerasTensors(call.get("args")), ...kerasTensors(call.get("kwargs"))];
  const entries = call.isList && call.list()[0]?.isList === true ? call.list() : [call];
  return entries.map(history);
}

function kerasTensors(value: Json): readonly LayerOutput[] {
  if (value.isList) return value.list().flatMap(kerasTensors);
  if (!value.isObject) {
    if (typeof value.value !== "number") return [];
    throw modelProblem(
      "model-call",
      `${value.path} is a constant`,
      "use constants in a Rescaling layer, or convert the SavedModel into a graph model",
    );
  }
  if (value.get("class_name").value === "__keras_tensor__") return [history(value.get("config").get("keras_history"))];
  return Object.keys(value.value as object).flatMap((key) =>
    value.get(key).isObject || value.get(key).isList ? kerasTensors(value.get(key)) : [],
  );
}

function history(entry: Json): LayerOutput {
  const [layer, call, output] = entry.list();
  if (layer === undefined || call === undefined || output === undefined) throw entry.problem("a layer, a call and an output");
  return { layer: layer.text(), call: call.whole(), output: output.whole() };
}

/** [layer, 0, 0], or a list or an object of such. */
function endsOf(value: Json): readonly LayerOutput[] {
  if (value.isObject) return Object.keys(value.value as object).flatMap((key) => endsOf(value.get(key)));
  const entries = value.list();
  if (typeof entries[0]?.value === "string") return [history(value)];
  const ends = entries.flatMap(endsOf);
  if (ends.length === 0) throw modelProblem("model-malformed", `${value.path} is empty`, EXPORT_AGAIN);
  return ends;
}
