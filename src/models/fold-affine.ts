// Multiplications and additions with constants (normalisation layers, and the change from a robot's units into a model's) disappear into the
// weights of the fully connected and convolution layers around them, wherever that is exact.

import { at } from "../core/assert.ts";
import { elementCount, type Convolution2d, type DepthwiseConvolution2d, type FullyConnected, type TensorId } from "../artifacts/graph.ts";
import type { FloatOperator } from "../artifacts/network.ts";
import type { NetworkEditor } from "./network-editor.ts";

/** `scale[i] * x[i] + offset[i]` for each element of a tensor. */
interface Affine {
  readonly scale: Float64Array;
  readonly offset: Float64Array;
}

type Weighted = FullyConnected | Convolution2d | DepthwiseConvolution2d;

/** Folds one of them. @returns whether there was one. */
export function foldOneAffine(editor: NetworkEditor): boolean {
  return editor.operators.some((operator) => {
    const found = affineOf(editor, operator);
    return found !== null && (foldBackward(editor, operator, found) || foldForward(editor, operator, found));
  });
}

type ArithmeticOperator = Extract<FloatOperator, { readonly kind: "add" | "sub" | "mul" }>;

interface Found extends Affine {
  readonly operator: ArithmeticOperator;
  readonly input: TensorId;
}

/** What an operator does, if it is an arithmetic one with a constant operand that does not make its input larger. */
function affineOf(editor: NetworkEditor, operator: FloatOperator): Found | null {
  if (operator.kind !== "add" && operator.kind !== "sub" && operator.kind !== "mul") return null;
  const { left, right, output, kind } = operator;
  const [leftData, rightData] = [editor.constant(left), editor.constant(right)];
  if ((leftData === null) === (rightData === null)) return null;
  const input = leftData === null ? left : right;
  const [constant, data] = leftData === null ? [right, rightData as Float32Array] : [left, leftData];
  const shape = editor.shape(input);
  if (shape.join() !== editor.shape(output).join()) return null;
  const values = expanded(data, editor.shape(constant), shape);
  const ones = (value: number): Float64Array => new Float64Array(values.length).fill(value);
  if (kind === "mul") return { operator, input, scale: values, offset: ones(0) };
  if (kind === "add") return { operator, input, scale: ones(1), offset: values };
  return leftData === null
    ? { operator, input, scale: ones(1), offset: values.map((value) => -value) }
    : { operator, input, scale: ones(-1), offset: values };
}

/** A constant's value for each element of the shape that it is broadcast to. */
function expanded(data: Float32Array, shape: readonly number[], to: readonly number[]): Float64Array {
  const sizes = to.map((_, dimension) => shape[dimension - to.length + shape.length] ?? 1);
  return Float64Array.from({ length: elementCount(to) }, (_, index) => {
    let rest = index;
    let place = 0;
    let step = 1;
    for (let dimension = to.length - 1; dimension >= 0; dimension--) {
      const size = at(sizes, dimension);
      const position = rest % at(to, dimension);
      rest = Math.floor(rest / at(to, dimension));
      if (size !== 1) place += position * step;
      step *= size;
    }
    return at(data, place);
  });
}

/** The first `period` elements, if they repeat to the end. */
function periodOf(values: Float64Array, period: number): Float64Array | null {
  return values.every((value, index) => value === values[index % period]) ? values.subarray(0, period) : null;
}

/** The layer that computes a tensor, perhaps under another shape, for this reader alone. */
function layerBehind(editor: NetworkEditor, id: TensorId): Weighted | null {
  if (!editor.hasOneReader(id)) return null;
  const operator = editor.producer(id);
  if (operator?.kind === "reshape") return layerBehind(editor, operator.input);
  const isLayer = operator?.kind === "fully-connected" || operator?.kind === "conv-2d" || operator?.kind === "depthwise-conv-2d";
  return isLayer ? operator : null;
}

/** Into the layer that computes the input. */
function foldBackward(editor: NetworkEditor, operator: FloatOperator, { operator: affine, input, scale, offset }: Found): boolean {
  const layer = layerBehind(editor, input);
  if (layer?.activation !== "none") return false;
  const outputs = outputsOf(editor, layer);
  const [scales, offsets] = [periodOf(scale, outputs), periodOf(offset, outputs)];
  if (scales === null || offsets === null) return false;
  const bias = layer.bias === null ? null : editor.parameterData(layer.bias);
  const weights = editor.parameterData(layer.weights).map((weight, index) => weight * at(scales, outputOf(editor, layer, index)));
  const sums = Float64Array.from(offsets, (each, output) => (bias?.[output] ?? 0) * at(scales, output) + each);
  const { activation } = affine;
  editor.replace(layer, [
    {
      ...layer,
      weights: retouched(editor, layer.weights, weights),
      bias: editor.parameter(biasName(editor, layer), [outputs], sums),
      activation,
    },
  ]);
  editor.replace(operator, [{ kind: "reshape", input, output: affine.output }]);
  return true;
}

function outputsOf(editor: NetworkEditor, { output }: Weighted): number {
  return at(editor.shape(output), editor.shape(output).length - 1);
}

/** The output channel that a weight counts for. */
function outputOf(editor: NetworkEditor, layer: Weighted, index: number): number {
  const outputs = outputsOf(editor, layer);
  if (layer.kind === "depthwise-conv-2d") return index % outputs;
  return Math.floor((index * outputs) / editor.parameterData(layer.weights).length);
}

/** Into all layers that read the result. */
function foldForward(editor: NetworkEditor, operator: FloatOperator, { operator: affine, input, scale, offset }: Found): boolean {
  if (affine.activation !== "none" || editor.outputs.includes(affine.output)) return false;
  const changes = absorbers(editor, affine.output, { scale, offset });
  if (changes === null || changes.length === 0) return false;
  for (const { layer, folded } of changes) editor.replace(layer, [folded()]);
  editor.replace(operator, []);
  editor.redirect(affine.output, input);
  return true;
}

interface Change {
  readonly layer: Weighted;
  readonly folded: () => Weighted;
}

/** Every layer behind a tensor with its weights changed so that it takes the tensor before the affine; null: not all of them can. */
function absorbers(editor: NetworkEditor, id: TensorId, affine: Affine): readonly Change[] | null {
  if (editor.outputs.includes(id)) return null;
  const changes: Change[] = [];
  for (const operator of editor.consumers(id)) {
    const found = absorbed(editor, operator, affine);
    if (found === null) return null;
    changes.push(...found);
  }
  return changes;
}

function absorbed(editor: NetworkEditor, operator: FloatOperator, affine: Affine): readonly Change[] | null {
  switch (operator.kind) {
    case "reshape":
      return absorbers(editor, operator.output, affine);
    case "strided-slice": {
      const pick = (values: Float64Array): Float64Array => sliced(values, editor.shape(operator.input), operator);
      return absorbers(editor, operator.output, { scale: pick(affine.scale), offset: pick(affine.offset) });
    }
    case "mean":
    case "average-pool-2d":
      return absorbedByAverage(editor, operator, affine);
    case "fully-connected":
      return changeOf(editor, operator, affine, at(editor.shape(operator.weights), 1), (index, inputs) => index % inputs);
    case "conv-2d": {
      const [outputs = 1, , , channels = 1] = editor.shape(operator.weights);
      const total = at(editor.shape(operator.input), 3);
      const perOutput = editor.parameterData(operator.weights).length / outputs;
      const groupOf = (index: number): number => Math.floor(Math.floor(index / perOutput) / ((outputs * channels) / total));
      if (padsWith(editor, operator) && !affine.offset.every((each) => each === 0)) return null;
      return changeOf(editor, operator, affine, total, (index) => groupOf(index) * channels + (index % channels));
    }
    case "depthwise-conv-2d": {
      const total = at(editor.shape(operator.input), 3);
      const outputs = at(editor.shape(operator.weights), 3);
      if (padsWith(editor, operator) && !affine.offset.every((each) => each === 0)) return null;
      return changeOf(editor, operator, affine, total, (index) => Math.floor((index % outputs) / (outputs / total)));
    }
    default:
      return null;
  }
}

/** An average of scaled and shifted channels is the average, scaled and shifted: padding does not count. */
function absorbedByAverage(
  editor: NetworkEditor,
  operator: Extract<FloatOperator, { readonly kind: "mean" | "average-pool-2d" | "max-pool-2d" }>,
  affine: Affine,
): readonly Change[] | null {
  const shape = editor.shape(operator.input);
  if (operator.kind === "mean" ? operator.axes.includes(shape.length - 1) : operator.activation !== "none") return null;
  const channels = at(shape, shape.length - 1);
  const [scales, offsets] = [periodOf(affine.scale, channels), periodOf(affine.offset, channels)];
  if (scales === null || offsets === null) return null;
  const elements = elementCount(editor.shape(operator.output));
  const repeated = (values: Float64Array): Float64Array =>
    Float64Array.from({ length: elements }, (_, index) => at(values, index % channels));
  return absorbers(editor, operator.output, { scale: repeated(scales), offset: repeated(offsets) });
}

/** @param inputOf the input channel that a weight multiplies. */
function changeOf(
  editor: NetworkEditor,
  layer: Weighted,
  affine: Affine,
  inputs: number,
  inputOf: (index: number, inputs: number) => number,
): readonly Change[] | null {
  const [scales, offsets] = [periodOf(affine.scale, inputs), periodOf(affine.offset, inputs)];
  if (scales === null || offsets === null || editor.constant(layer.weights) === null) return null;
  const folded = (): Weighted => {
    const weights = editor.parameterData(layer.weights);
    const outputs = outputsOf(editor, layer);
    const bias = layer.bias === null ? null : editor.parameterData(layer.bias);
    const sums = Float64Array.from({ length: outputs }, (_, output) => bias?.[output] ?? 0);
    weights.forEach((weight, index) => {
      const output = outputOf(editor, layer, index);
      sums[output] = at(sums, output) + weight * at(offsets, inputOf(index, inputs));
    });
    return {
      ...layer,
      weights: retouched(
        editor,
        layer.weights,
        weights.map((weight, index) => weight * at(scales, inputOf(index, inputs))),
      ),
      bias: offsets.every((each) => each === 0) ? layer.bias : editor.parameter(biasName(editor, layer), [outputs], sums),
    };
  };
  return [{ layer, folded }];
}

/** Whether the window looks beyond the input, where zeros stand that no affine has changed. */
function padsWith(editor: NetworkEditor, { padding, input, weights, stride, dilation }: Convolution2d | DepthwiseConvolution2d): boolean {
  if (padding === "valid") return false;
  const [, height = 1, width = 1] = editor.shape(input);
  const [, kernelHeight = 1, kernelWidth = 1] = editor.shape(weights);
  const reaches = (size: number, kernel: number, step: number, gap: number): boolean =>
    (Math.ceil(size / step) - 1) * step + (kernel - 1) * gap + 1 > size;
  return reaches(height, kernelHeight, stride.height, dilation.height) || reaches(width, kernelWidth, stride.width, dilation.width);
}

function sliced(
  values: Float64Array,
  shape: readonly number[],
  { begin, strides, sizes }: { readonly begin: readonly number[]; readonly strides: readonly number[]; readonly sizes: readonly number[] },
): Float64Array {
  return Float64Array.from({ length: elementCount(sizes) }, (_, index) => {
    let rest = index;
    let place = 0;
    let step = 1;
    for (let dimension = shape.length - 1; dimension >= 0; dimension--) {
      place += (at(begin, dimension) + (rest % at(sizes, dimension)) * at(strides, dimension)) * step;
      rest = Math.floor(rest / at(sizes, dimension));
      step *= at(shape, dimension);
    }
    return at(values, place);
  });
}

function retouched(editor: NetworkEditor, id: TensorId, data: Float32Array): TensorId {
  const { name, shape } = at(editor.tensors, id);
  return editor.parameter(name, shape, data);
}

function biasName(editor: NetworkEditor, { bias, output }: Weighted): string {
  return bias === null ? `${at(editor.tensors, output).name}/bias` : at(editor.tensors, bias).name;
}
