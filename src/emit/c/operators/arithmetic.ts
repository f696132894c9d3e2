// ADD, SUB and MUL in plain C. Loops over broadcast dimensions stand in policy_infer; a kernel takes one run of the last one.

import { assert, at } from "../../../core/assert.ts";
import type { ArithmeticStep, Operand } from "../../../artifacts/integer-program.ts";
import { scalar, type FieldType, type Kernel, type ParameterField, type PrintedStep } from "../printed-step.ts";
import { CLAMP, outputLaw, REQUANTIZE, RESCALE } from "./arithmetic-law.ts";
import { denseStrides, loops, numberField, place, plainStep, terms } from "./plain-step.ts";

const SUM_LAW_TYPE: FieldType = {
  c: "sum_law",
  members: ["int32_t", "int32_t", "int32_t", "int8_t", "int8_t", "int8_t", "int8_t", "int8_t", "int8_t", "int8_t", "int8_t"],
};

const SUM_LAW: Kernel = {
  name: "sum_law",
  needs: [],
  text: `/** How two tensors in scales of their own become a sum in a third; multipliers and shifts as in an output_law. */
typedef struct {
    int32_t left_multiplier;
    int32_t right_multiplier;
    int32_t multiplier;
    int8_t left_shift;
    int8_t right_shift;
    int8_t shift;
    int8_t left_zero_point;
    int8_t right_zero_point;
    int8_t zero_point;
    int8_t minimum;
    int8_t maximum;
} sum_law;
`,
};

/** Where the two sides lie: program memory has an address space of its own on some cores. */
interface Sides {
  readonly name: string;
  readonly left: string;
  readonly right: string;
}

function sidesOf({ left, right }: ArithmeticStep): Sides {
  const constant = "const POLICY_FLASH int8_t*";
  if (typeof left.source !== "number") return { name: "constant_first", left: constant, right: "const int8_t*" };
  if (typeof right.source !== "number") return { name: "constant", left: "const int8_t*", right: constant };
  return { name: "", left: "const int8_t*", right: "const int8_t*" };
}

function sumKernel(verb: "add" | "subtract", sides: Sides): Kernel {
  const name = [verb, sides.name].filter((part) => part !== "").join("_");
  return {
    name,
    needs: [SUM_LAW, RESCALE, CLAMP],
    text: `/** @brief output[i] = left[i * left_step] ${verb === "add" ? "+" : "-"} right[i * right_step], each brought to 2^-20 of a common scale first. */
static void
${wrapParameters(`${name}(`, [`${sides.left} left`, "size_t left_step", `${sides.right} right`, "size_t right_step", "int8_t* output", "size_t count", "const POLICY_FLASH sum_law* law"])}
    for (size_t i = 0; i < count; i++, left += left_step, right += right_step) {
        const int32_t one = (*left - (int32_t)law->left_zero_point) * (INT32_C(1) << 20);
        const int32_t other = (*right - (int32_t)law->right_zero_point) * (INT32_C(1) << 20);
        const int32_t sum = rescale(one, law->left_multiplier, law->left_shift) ${verb === "add" ? "+" : "-"}
                            rescale(other, law->right_multiplier, law->right_shift);
        output[i] = clamp(rescale(sum, law->multiplier, law->shift) + law->zero_point, law->minimum, law->maximum);
    }
}
`,
  };
}

function productKernel(sides: Sides): Kernel {
  const name = ["multiply", sides.name].filter((part) => part !== "").join("_");
  return {
    name,
    needs: [REQUANTIZE],
    text: `/** @brief output[i] = left[i * left_step] * right[i * right_step]. */
static void
${wrapParameters(`${name}(`, [`${sides.left} left`, "size_t left_step", "int8_t left_zero_point", `${sides.right} right`, "size_t right_step", "int8_t right_zero_point", "int8_t* output", "size_t count", "const POLICY_FLASH output_law* law"])}
    for (size_t i = 0; i < count; i++, left += left_step, right += right_step) {
        output[i] = requantize((*left - (int32_t)left_zero_point) * (*right - (int32_t)right_zero_point), law);
    }
}
`,
  };
}

/** A head of a function, broken where clang-format breaks it. */
function wrapParameters(start: string, parameters: readonly string[]): string {
  const lines: string[] = [];
  let line = start;
  parameters.forEach((parameter, index) => {
    const piece = parameter + (index === parameters.length - 1 ? ") {" : ",");
    const spaced = line.endsWith("(") || line.trim() === "" ? piece : ` ${piece}`;
    if (line.length + spaced.length > 120) {
      lines.push(line);
      line = " ".repeat(start.length) + piece;
    } else {
      line += spaced;
    }
  });
  return [...lines, line].join("\n");
}

export function arithmetic(step: ArithmeticStep): PrintedStep {
  const sides = sidesOf(step);
  const kernel = step.kind === "mul" ? productKernel(sides) : sumKernel(step.kind === "add" ? "add" : "subtract", sides);
  const { sizes, left, right } = step;
  const last = sizes.length - 1;
  const count = sizes.reduce((product, size) => product * size, 1);
  return plainStep({
    description: `${step.kind} of ${count}`,
    kernels: [kernel],
    fields: [...lawFields(step), ...constantField("left", left), ...constantField("right", right)],
    inPlace: buffersInOrder(step),
    call: ({ buffer, field }) =>
      loops(sizes.slice(0, last), (indices) => {
        const side = (role: string, { source, strides }: Operand): string[] => {
          const array = typeof source === "number" ? buffer(source) : field(role);
          const start = place(array, 0, terms(indices, strides.slice(0, last)));
          return [start, String(at(strides, last)), ...(step.kind === "mul" ? [field(`${role}_zero_point`)] : [])];
        };
        const target = place(buffer(step.output), 0, terms(indices, denseStrides(sizes).slice(0, last)));
        const list = [...side("left", left), ...side("right", right), target, String(at(sizes, last)), `&${field("law")}`];
        return [`${kernel.name}(${list.join(", ")});`];
      }),
  });
}

function lawFields({ kind, left, right, leftMultiplier, rightMultiplier, requantization }: ArithmeticStep): ParameterField[] {
  if (kind === "mul") {
    return [
      outputLaw("law", 0, requantization, "Of each product; the bias is not used."),
      numberField("left_zero_point", "int8_t", left.zeroPoint, "Of the left side."),
      numberField("right_zero_point", "int8_t", right.zeroPoint, "Of the right side."),
    ];
  }
  assert(leftMultiplier !== null && rightMultiplier !== null, "both sides of a sum have multipliers");
  const { zeroPoint, minimum, maximum } = requantization;
  const result = at(requantization.multipliers, 0);
  const values = [
    ...[leftMultiplier.mantissa, rightMultiplier.mantissa, result.mantissa],
    ...[leftMultiplier.shift, rightMultiplier.shift, result.shift],
    ...[left.zeroPoint, right.zeroPoint, zeroPoint, minimum, maximum],
  ];
  return [{ role: "law", type: SUM_LAW_TYPE, count: null, values, perLine: 1, comment: "Of each sum." }];
}

function constantField(role: string, { source }: Operand): ParameterField[] {
  if (typeof source === "number") return [];
  return [{ role, type: scalar("int8_t"), count: source.length, values: source, perLine: 16, comment: `The ${role} side.` }];
}

/** Buffers of which nothing but element i is read for element i of the output. */
function buffersInOrder({ sizes, left, right }: ArithmeticStep): number[] {
  const outOfOrder = [left, right].filter(({ strides }) => !walksInOrder(sizes, strides)).map(({ source }) => source);
  return [left.source, right.source].filter((source) => typeof source === "number").filter((source) => !outOfOrder.includes(source));
}

function walksInOrder(sizes: readonly number[], strides: readonly number[]): boolean {
  const dense = denseStrides(sizes);
  return strides.every((stride, dimension) => sizes[dimension] === 1 || stride === dense[dimension]);
}
