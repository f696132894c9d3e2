// Bytes of a .tflite file that computes in floating point in, a float network out: weights in float32 or float16, or in int8 where
// activations are float ("dynamic range"). Its shapes are those that the file claims: who uses it infers and checks them.

import { at } from "../core/assert.ts";
import { DiagnosticError, errorDiagnostic, failure, success, type Outcome } from "../core/diagnostic.ts";
import { halfFloat } from "../core/half-float.ts";
import { elementCount, operatorInputs, operatorOutputs, type Operator, type TensorId } from "../artifacts/graph.ts";
import type { FloatNetwork, FloatOperator, FloatTensor } from "../artifacts/network.ts";
import { MOST_ELEMENTS } from "./check-tensor.ts";
import { collect, ModelFile, outcomeOfFile, refuse } from "./model-file.ts";
import { shapeText, tensorLabel } from "./operator-codec.ts";
import { keptOperands, readOperator, SettingReader, type KnownOperator } from "./read-operator.ts";
import { typeName } from "./read-tensor.ts";
import type { FileTensor } from "./schema.ts";

const FLOAT_WEIGHTS = "export the model with float32 weights inside the file";

/** @param name of the file, for messages. */
export function readFloatTflite(bytes: Uint8Array, name: string): Outcome<FloatNetwork> {
  return outcomeOfFile(name, () => new FloatReader(new ModelFile(bytes, name)).read());
}

class FloatReader {
  private readonly file: ModelFile;
  /** Tensors that DEQUANTIZE makes of constants: the constants. */
  private readonly stored: ReadonlyMap<number, number>;

  constructor(file: ModelFile) {
    this.file = file;
    this.stored = new Map(
      file.operators.flatMap(({ name, operator }) => {
        const [input, output] = [at(operator.inputs, 0), at(operator.outputs, 0)];
        return name === "DEQUANTIZE" && this.isConstant(input) ? [[output, input] as const] : [];
      }),
    );
  }

  read(): FloatNetwork {
    const { graph, model, reader } = this.file;
    this.file.checkSignatures();
    const computing = this.file.operators.filter(({ operator }) => !this.stored.has(at(operator.outputs, 0)));
    const kept = computing.flatMap((each) => keptOperands(each).map(({ id }) => id));
    const used = [...new Set([...graph.inputs, ...graph.outputs, ...kept])].sort((left, right) => left - right);
    const renumbered = new Map(used.map((id, index) => [id, index]));
    const tensors = collect(used, (id) => this.tensor(id));
    const settings = new SettingReader(reader, model);
    const operators = collect(computing, (each) => floatOperator(each, readOperator(each, reader, settings, tensors, renumbered)));
    const number = (id: number): TensorId => renumbered.get(id) as TensorId;
    const network = { tensors, operators, inputs: graph.inputs.map(number), outputs: graph.outputs.map(number) };
    return withoutArgMax(network, computing.length);
  }

  private isConstant(id: number): boolean {
    const tensor = this.file.graph.tensors[id];
    return tensor !== undefined && (this.file.model.buffers[tensor.buffer]?.data.length ?? 0) > 0;
  }

  private tensor(id: number): Outcome<FloatTensor> {
    const { tensors } = this.file.graph;
    const { name, shape } = at(tensors, id);
    const source = at(tensors, this.stored.get(id) ?? id);
    const refused = (message: string, hint: string): Outcome<never> =>
      failure(errorDiagnostic("tflite-tensor", `${tensorLabel(source)} ${message}`, hint));
    if (shape.some((size) => size < 1) || shape.length > 6 || elementCount(shape) > MOST_ELEMENTS) {
      return refused(`has shape ${shapeText(shape)}`, "export the model with fixed sizes, and batch size 1");
    }
    if (!this.isConstant(this.stored.get(id) ?? id)) {
      const type = typeName(source);
      // Of ARG_MAX at the end, which is left out.
      if (type === "FLOAT32" || ((type === "INT32" || type === "INT64") && this.file.graph.outputs.includes(id))) {
        return source.isVariable
          ? refused("is a variable", "import the Keras model instead")
          : success({ kind: "activation", name, shape });
      }
      return refused(`is ${type} in a float model`, "quantize all of the model to int8, or nothing");
    }
    if (source.sparsity || source.externalBuffer !== 0) return refused("is sparse, or outside the file", FLOAT_WEIGHTS);
    const data = this.constant(source);
    if (data === null) return refused(`is ${typeName(source)} and constant`, FLOAT_WEIGHTS);
    if (data.length !== elementCount(shape))
      return refused(`has shape ${shapeText(shape)}, but data for ${data.length} elements`, "export the model again");
    if (!data.every(Number.isFinite)) return refused("holds a number that is not finite", "train the model again: it has diverged");
    return success({ kind: "parameter", name, shape, data });
  }

  /** The real values of a constant; null where it is of a type that we don't read. */
  private constant(tensor: FileTensor): Float32Array | null {
    const bytes = at(this.file.model.buffers, tensor.buffer).data;
    this.file.reader.spend(4 * bytes.length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const numbers = (size: number, read: (place: number) => number): Float32Array =>
      Float32Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => read(index * size));
    switch (typeName(tensor)) {
      case "FLOAT32":
        return numbers(4, (place) => view.getFloat32(place, true));
      case "FLOAT16":
        return numbers(2, (place) => halfFloat(view.getUint16(place, true)));
      case "INT8":
        return dequantized(
          tensor,
          numbers(1, (place) => view.getInt8(place)),
        );
      default:
        return null;
    }
  }
}

/** Weights that a dynamic range model stores in int8. */
function dequantized({ quantization, shape }: FileTensor, values: Float32Array): Float32Array | null {
  const scales = quantization?.scale ?? [];
  const axis = quantization?.quantizedDimension ?? 0;
  if (quantization === null || scales.length === 0 || quantization.detailsType !== 0) return null;
  if (scales.length > 1 && scales.length !== shape[axis]) return null;
  const zeroPoint = quantization.zeroPoint[0] ?? 0;
  const inner = elementCount(shape.slice(axis + 1));
  return values.map((value, index) => (value - zeroPoint) * at(scales, Math.floor(index / inner) % scales.length));
}

type LastArgMax = Extract<Operator, { readonly kind: "arg-max" }>;

/** The operator, if floats go through it. */
function floatOperator({ label, name }: KnownOperator, outcome: Outcome<Operator>): Outcome<FloatOperator | LastArgMax> {
  if (!outcome.ok) return outcome;
  const operator = outcome.value;
  if (operator.kind !== "quantize" && operator.kind !== "dequantize" && operator.kind !== "lstm")
    return success(operator as FloatOperator | LastArgMax);
  const hint =
    operator.kind === "lstm"
      ? "import the Keras model instead, as a TensorFlow.js layers model"
      : "quantize all of the model to int8, or nothing";
  return failure(errorDiagnostic("tflite-operator-unsupported", `${label}: ${name} is not supported in a float model`, hint));
}

/** A policy says what speaks for each label, and the highest counts: what an ARG_MAX at the end would choose from.
 * @throws DiagnosticError where one stands elsewhere, or an operator reads what none computes. */
function withoutArgMax(
  {
    tensors,
    operators,
    inputs,
    outputs,
  }: Omit<FloatNetwork, "operators"> & { readonly operators: readonly (FloatOperator | LastArgMax)[] },
  count: number,
): FloatNetwork {
  const chosen = new Map<TensorId, TensorId>();
  const computing = operators.flatMap((operator): readonly FloatOperator[] => {
    if (operator.kind !== "arg-max") return [operator];
    chosen.set(operator.output, operator.input);
    return [];
  });
  if (count === 0) throw new DiagnosticError([errorDiagnostic("tflite-order", "the model has no operators", "export the model again")]);
  const network = { tensors, operators: computing, inputs, outputs: outputs.map((id) => chosen.get(id) ?? id) };
  refuse(orderProblems(network));
  return network;
}

function orderProblems({ tensors, operators, inputs, outputs }: FloatNetwork): readonly ReturnType<typeof errorDiagnostic>[] {
  const problem = (id: TensorId, what: string): ReturnType<typeof errorDiagnostic> =>
    errorDiagnostic("tflite-order", `${tensorLabel(at(tensors, id))} ${what}`, "export the model again: the file contradicts itself");
  const known = new Set<TensorId>();
  const problems = inputs.flatMap((id) => {
    const again = known.has(id);
    known.add(id);
    return again || at(tensors, id).kind === "parameter" ? [problem(id, "is no input of its own")] : [];
  });
  tensors.forEach((tensor, id) => {
    if (tensor.kind === "parameter") known.add(id);
  });
  for (const operator of operators) {
    for (const id of operatorInputs(operator)) if (!known.has(id)) problems.push(problem(id, "is read before it is computed"));
    for (const id of operatorOutputs(operator)) {
      if (known.has(id)) problems.push(problem(id, "is computed twice"));
      known.add(id);
    }
  }
  const missing = outputs.filter((id) => !known.has(id) || at(tensors, id).kind === "parameter");
  return [...problems, ...missing.map((id) => problem(id, "is an output, and nothing computes it"))];
}
