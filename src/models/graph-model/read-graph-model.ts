// A TensorFlow.js graph model (what tensorflowjs_converter makes of a SavedModel) in, a float network out.

import { DiagnosticError, errorDiagnostic } from "../../core/diagnostic.ts";
import type { TensorId } from "../../artifacts/graph.ts";
import type { Json } from "../json.ts";
import { NetworkBuilder } from "../network-builder.ts";
import { EXPORT_AGAIN, modelProblem, quoted, shapeText, within } from "../problem.ts";
import type { ReadNetwork } from "../read-network.ts";
import type { Weights } from "../weights.ts";
import { nodeOutput, readNodes, shapeOf, type GraphNode, type NodeOutput } from "./nodes.ts";
import { Operands, type GraphValue } from "./operation.ts";
import { rowsProblem } from "../rows.ts";
import { operationNamed, ROWWISE_OPERATIONS, SUPPORTED_OPERATIONS } from "./operations.ts";

const PLACEHOLDERS = ["Placeholder", "PlaceholderWithDefault"];

/** @throws DiagnosticError with every operation that is not supported, or with the first other thing that is wrong. */
export function readGraphModel(model: Json, weights: Weights): ReadNetwork {
  const nodes = readNodes(model.get("modelTopology"));
  const signature = [model.get("signature"), metadataSignature(model)].find((each) => !each.isAbsent);
  const outputs = outputNodes(nodes, signature);
  const order = inOrder(nodes, outputs);
  refuseUnsupported(order);
  const builder = new NetworkBuilder();
  const values = new Map<string, readonly GraphValue[]>();
  const inputs = inputNodes(nodes, signature).map(({ node, shape, name }) => {
    const id = within(`input ${quoted(name)}`, () => builder.input(name, fixedShape(name, shape)));
    values.set(node, [{ kind: "tensor", id }]);
    return id;
  });
  const rows = new Set<string>();
  for (const node of order) {
    if (values.has(node.name)) continue;
    const onRows = node.inputs.some((input) => rows.has(input.node));
    if (onRows && !ROWWISE_OPERATIONS.includes(node.operation)) throw rowsProblem(label(node));
    const given = valuesOf(builder, node, values, weights);
    values.set(node.name, given);
    if (node.operation === "Reshape" ? lacksBatch(builder, given, operandsOf(node, values)) : onRows) rows.add(node.name);
  }
  const results = outputs.map(({ node, output }): TensorId => {
    const value = values.get(node)?.[output];
    if (value?.kind === "tensor") return value.id;
    throw modelProblem("model-constant", `the output ${quoted(node)} does not depend on the input`, EXPORT_AGAIN);
  });
  const layers = order.filter(({ operation }) => !HIDDEN.includes(operation)).map(({ name, operation }) => `${name} (${operation})`);
  return { network: builder.finish(inputs, results), layers };
}

/** Nothing that a person would call a layer. */
const HIDDEN = [...PLACEHOLDERS, "Const", "Identity", "Shape", "Pack", "Prod", "GatherV2"];

/** Where older converters put the signature. */
function metadataSignature(model: Json): Json {
  const metadata = model.get("userDefinedMetadata");
  return metadata.isAbsent ? metadata : metadata.get("signature");
}

function valuesOf(
  builder: NetworkBuilder,
  node: GraphNode,
  values: ReadonlyMap<string, readonly GraphValue[]>,
  weights: Weights,
): readonly GraphValue[] {
  if (node.operation === "Const") {
    const weight = weights.get(node.name);
    if (weight === undefined)
      throw modelProblem("model-weights", `the constant ${quoted(node.name)} is missing from the weights`, EXPORT_AGAIN);
    return [{ kind: "constant", weight }];
  }
  const build = operationNamed(node.operation);
  // ARG_MAX at the end: a robot's policy says what speaks for each label, and the highest counts.
  if (node.operation === "ArgMax") return operandsOf(node, values).slice(0, 1);
  if (build === undefined)
    throw modelProblem("model-input", `${quoted(node.name)} is an input that the signature does not name`, EXPORT_AGAIN);
  builder.scope = node.name;
  return within(label(node), () => build(new Operands(builder, node, operandsOf(node, values))));
}

function label({ name, operation }: GraphNode): string {
  return `operation ${quoted(name)} (${operation})`;
}

/** Whether a Reshape makes rows of what had a batch. */
function lacksBatch(builder: NetworkBuilder, [result]: readonly GraphValue[], [, target]: readonly GraphValue[]): boolean {
  return result?.kind === "tensor" && target?.kind === "constant" && builder.shape(result.id).length > target.weight.data.length;
}

function operandsOf(node: GraphNode, values: ReadonlyMap<string, readonly GraphValue[]>): readonly GraphValue[] {
  return node.inputs.map((input) => {
    const value = values.get(input.node)?.[input.output];
    if (value !== undefined) return value;
    throw modelProblem("model-malformed", `it reads output ${input.output} of ${quoted(input.node)}, which has none`, EXPORT_AGAIN);
  });
}

/** What the outputs depend on, each node after those that it reads. */
function inOrder(nodes: ReadonlyMap<string, GraphNode>, outputs: readonly NodeOutput[]): readonly GraphNode[] {
  const order: GraphNode[] = [];
  const state = new Map<string, "open" | "done">();
  const waiting = outputs.map(({ node }) => node);
  while (waiting.length > 0) {
    const name = waiting.at(-1) as string;
    const node = nodes.get(name);
    if (node === undefined) throw modelProblem("model-malformed", `the node ${quoted(name)} is missing`, EXPORT_AGAIN);
    const before = node.inputs.map((input) => input.node).filter((each) => state.get(each) !== "done");
    if (state.get(name) === "done" || before.length === 0) {
      waiting.pop();
      if (state.get(name) !== "done") order.push(node);
      state.set(name, "done");
      continue;
    }
    if (state.get(name) === "open") {
      throw modelProblem(
        "model-loop",
        `the graph runs in a loop through ${quoted(name)}`,
        "unroll recurrent layers (unroll=True), or convert the Keras file into a layers model",
      );
    }
    state.set(name, "open");
    waiting.push(...before);
  }
  return order;
}

function refuseUnsupported(order: readonly GraphNode[]): void {
  const known = (name: string): boolean => operationNamed(name) !== undefined || name === "Const" || PLACEHOLDERS.includes(name);
  const readers = new Set(order.flatMap((node) => node.inputs.map((input) => input.node)));
  const unsupported = new Map<string, string>();
  for (const { operation, name } of order) {
    const isLastArgMax = operation === "ArgMax" && !readers.has(name);
    if (!known(operation) && !isLastArgMax && !unsupported.has(operation)) unsupported.set(operation, name);
  }
  const hint = `build the model from ${SUPPORTED_OPERATIONS.join(", ")}; recurrent layers: convert the Keras file into a layers model`;
  const problems = Array.from(unsupported, ([operation, name]) =>
    errorDiagnostic("model-operation-unsupported", `operation ${quoted(name)}: ${operation} is not supported`, hint),
  );
  if (problems.length > 0) throw new DiagnosticError(problems);
}

function outputNodes(nodes: ReadonlyMap<string, GraphNode>, signature: Json | undefined): readonly NodeOutput[] {
  const named = signature?.get("outputs");
  if (named !== undefined && named.isObject) {
    const outputs = Object.keys(named.value as object).map((key) => nodeOutput(named.get(key).get("name").text(key)));
    if (outputs.length > 0) return outputs;
  }
  const read = new Set([...nodes.values()].flatMap((node) => node.inputs.map((input) => input.node)));
  const last = [...nodes.keys()].filter((name) => !read.has(name) && nodes.get(name)?.operation !== "NoOp");
  if (last.length > 0) return last.map((node) => ({ node, output: 0 }));
  throw modelProblem("model-empty", "the graph has no output", EXPORT_AGAIN);
}

interface InputNode {
  readonly node: string;
  readonly name: string;
  readonly shape: readonly (number | null)[] | null;
}

function inputNodes(nodes: ReadonlyMap<string, GraphNode>, signature: Json | undefined): readonly InputNode[] {
  const placeholders = [...nodes.values()].filter(({ operation }) => PLACEHOLDERS.includes(operation));
  const named = signature?.get("inputs");
  if (named === undefined || !named.isObject)
    return placeholders.map((node) => ({ node: node.name, name: node.name, shape: node.shape() }));
  return Object.keys(named.value as object)
    .map((key): InputNode => {
      const entry = named.get(key);
      const { node } = nodeOutput(entry.get("name").text(key));
      const shape = entry.get("tensorShape");
      return { node, name: key, shape: nodes.get(node)?.shape() ?? (shape.isAbsent ? null : shapeOf(shape)) };
    })
    .filter(({ node }) => placeholders.some(({ name }) => name === node));
}

function fixedShape(name: string, shape: readonly (number | null)[] | null): number[] {
  const [, ...sizes] = shape ?? [];
  if (sizes.length > 0 && sizes.every((size) => size !== null)) return [1, ...sizes];
  const message = `the input ${quoted(name)} has the open shape ${shape === null ? "of unknown rank" : shapeText(shape)}`;
  throw modelProblem("model-input", message, "export the model with fixed sizes; only the batch may be open");
}
