// UNIDIRECTIONAL_SEQUENCE_LSTM in plain C (tensorflow/lite/micro/kernels/lstm_eval.cc): 16-bit gates and cell, 8-bit hidden state.

import { SIGMOID_TABLE } from "../../../core/transcendental-int16.ts";
import type { LstmGate, LstmStep } from "../../../artifacts/integer-program.ts";
import { wrapCells } from "../c-text.ts";
import { scalar, type FieldType, type Kernel, type ParameterField, type PrintedStep } from "../printed-step.ts";
import { CLAMP, RESCALE } from "./arithmetic-law.ts";
import { COPY_BYTES } from "./movement.ts";
import { loops, place, plainStep } from "./plain-step.ts";

const SIGMOID: Kernel = {
  name: "SIGMOID",
  needs: [],
  text: `/* sigmoid(i / 24) in 2^-16, a little off, so that interpolation errs evenly to both sides. */
/* clang-format off */
static const POLICY_FLASH uint16_t SIGMOID[256] = {
${wrapCells(Array.from(SIGMOID_TABLE, String), 16, "    ").join("\n")}
};
/* clang-format on */

/** @brief The table at magnitude / 2^bits, times 2^bits; \`beyond\` where the table ends. */
static int32_t
interpolate(uint32_t magnitude, int bits, int32_t beyond) {
    const uint32_t index = magnitude >> bits;
    uint32_t low;
    uint32_t rest;
    if (index >= 255) {
        return beyond;
    }
    low = SIGMOID[index];
    rest = magnitude & ((UINT32_C(1) << bits) - 1u);
    return (int32_t)((low << bits) + rest * (SIGMOID[index + 1] - low));
}

/** @brief sigmoid of x in 2^-12, in 2^-15. */
static int16_t
sigmoid(int16_t x) {
    const int32_t scaled = (int32_t)x * 3;
    const int32_t sum = interpolate((uint32_t)(scaled < 0 ? -scaled : scaled), 9, INT32_C(0x7FFF) << 10);
    return (int16_t)((scaled >= 0 ? sum + (1 << 9) : (INT32_C(1) << 25) - sum + (1 << 9) - 1) >> 10);
}

/** @brief tanh of x in 2^(left_shift - 12), in 2^-15. */
static int16_t
hyperbolic_tangent(int16_t x, int left_shift) {
    const int32_t tripled = (int32_t)x * 3;
    const int32_t scaled = left_shift >= 0 ? tripled * (INT32_C(1) << left_shift)
                                           : (tripled + (INT32_C(1) << (-left_shift - 1))) >> -left_shift;
    const int32_t sum = interpolate((uint32_t)(scaled < 0 ? -scaled : scaled), 8, INT32_C(0xFFFF) << 8);
    const int32_t centred = sum - (INT32_C(1) << 23);
    return (int16_t)((scaled >= 0 ? centred + (1 << 7) : -centred + (1 << 7) - 1) >> 8);
}
`,
};

const SATURATE: Kernel = {
  name: "saturate",
  needs: [],
  text: `/** @brief The int16 that is nearest. */
static int16_t
saturate(int32_t value) {
    return (int16_t)(value < INT16_MIN ? INT16_MIN : value > INT16_MAX ? INT16_MAX : value);
}
`,
};

const DOT_PRODUCT: Kernel = {
  name: "dot_product",
  needs: [],
  text: `/** @brief sum + all weights[i] * input[i]. */
static int32_t
dot_product(const POLICY_FLASH int8_t* weights, const int8_t* input, size_t count, int32_t sum) {
    for (size_t i = 0; i < count; i++) {
        sum += weights[i] * input[i];
    }
    return sum;
}
`,
};

const BIAS_TYPE: FieldType = { c: "lstm_bias", members: ["int32_t", "int32_t"] };
const GATE_TYPE: FieldType = { c: "lstm_gate", members: ["int32_t", "int32_t", "int16_t", "int16_t"] };
const STATE_TYPE: FieldType = {
  c: "lstm_law",
  members: ["int32_t", "int32_t", "int32_t", "int32_t", "int16_t", "int16_t", "int16_t", "int8_t", "int8_t"],
};

const LSTM_STEP: Kernel = {
  name: "lstm_step",
  needs: [RESCALE, CLAMP, SIGMOID, SATURATE, DOT_PRODUCT, COPY_BYTES],
  text: `/** What the two sums of one unit in one gate begin with; zero points are folded in. */
typedef struct {
    int32_t input;
    int32_t recurrent;
} lstm_bias;

/** How the sums of a gate become int16 in 2^-12; multipliers in 2^-31, then powers of two. */
typedef struct {
    int32_t input_multiplier;
    int32_t recurrent_multiplier;
    int16_t input_shift;
    int16_t recurrent_shift;
} lstm_gate;

/** How gates change the cell and the hidden state. */
typedef struct {
    int32_t forget_multiplier; /**< forget gate * old cell */
    int32_t update_multiplier; /**< input gate * cell gate */
    int32_t hidden_multiplier; /**< tanh(cell) * output gate */
    int32_t cell_clip;         /**< Largest magnitude of the cell. */
    int16_t forget_shift;
    int16_t update_shift;
    int16_t hidden_shift;
    int8_t tanh_shift; /**< From the cell's scale to that of tanh. */
    int8_t hidden_zero_point;
} lstm_law;

/** @brief One unit's sum in a gate, in 2^-12. */
static int16_t
gate_sum(int32_t from_input, int32_t from_hidden, const POLICY_FLASH lstm_gate* gate) {
    const int16_t input = saturate(rescale(from_input, gate->input_multiplier, gate->input_shift));
    const int16_t recurrent = saturate(rescale(from_hidden, gate->recurrent_multiplier, gate->recurrent_shift));
    return saturate((int32_t)input + recurrent);
}

/** @brief The cell after this step: what is not forgotten of the old one, and what the input adds. */
static int16_t
next_cell(int16_t cell, int16_t forget, int16_t input, int16_t candidate, const POLICY_FLASH lstm_law* law) {
    const int16_t kept = saturate(rescale((int32_t)forget * cell, law->forget_multiplier, law->forget_shift));
    const int16_t added = saturate(rescale((int32_t)input * candidate, law->update_multiplier, law->update_shift));
    const int32_t sum = saturate((int32_t)kept + added);
    return (int16_t)(sum > law->cell_clip ? law->cell_clip : sum < -law->cell_clip ? -law->cell_clip : sum);
}

/**
 * @brief One step of a sequence. Weights, biases and gates stand in the order input, forget, cell, output gate.
 * @param output the new hidden state.
 */
static void
lstm_step(const int8_t* input, size_t features, int8_t* hidden, int16_t* cell, int8_t* output, size_t units,
          const POLICY_FLASH lstm_law* law, const POLICY_FLASH lstm_gate* gates, const POLICY_FLASH lstm_bias* biases,
          const POLICY_FLASH int8_t* input_weights, const POLICY_FLASH int8_t* recurrent_weights) {
    for (size_t unit = 0; unit < units; unit++) {
        int16_t sums[4];
        int32_t product;
        for (size_t gate = 0; gate < 4; gate++) {
            const size_t row = gate * units + unit;
            const int32_t from_input = dot_product(&input_weights[row * features], input, features, biases[row].input);
            const int32_t from_hidden =
                dot_product(&recurrent_weights[row * units], hidden, units, biases[row].recurrent);
            sums[gate] = gate_sum(from_input, from_hidden, &gates[gate]);
        }
        cell[unit] = next_cell(cell[unit], sigmoid(sums[1]), sigmoid(sums[0]), hyperbolic_tangent(sums[2], 0), law);
        product = (int32_t)hyperbolic_tangent(cell[unit], law->tanh_shift) * sigmoid(sums[3]);
        product = rescale(product, law->hidden_multiplier, law->hidden_shift);
        output[unit] = clamp(product + law->hidden_zero_point, INT8_MIN, INT8_MAX);
    }
    copy_bytes(output, hidden, units);
}
`,
};

export function lstm(step: LstmStep): PrintedStep {
  const { batches, steps, features, units, timeMajor } = step;
  const gates = [step.gates.input, step.gates.forget, step.gates.cell, step.gates.output];
  return plainStep({
    description: `LSTM of ${units} units, ${steps} steps`,
    kernels: [LSTM_STEP],
    fields: [
      lawField(step),
      {
        role: "gates",
        type: GATE_TYPE,
        count: 4,
        values: gates.flatMap(({ inputMultiplier, recurrentMultiplier }) => [
          ...[inputMultiplier.mantissa, recurrentMultiplier.mantissa],
          ...[inputMultiplier.shift, recurrentMultiplier.shift],
        ]),
        perLine: 1,
        comment: "Input, forget, cell, output gate.",
      },
      {
        role: "biases",
        type: BIAS_TYPE,
        count: 4 * units,
        values: gates.flatMap((gate) => biases(gate, step)),
        perLine: 4,
        comment: "4 gates x units.",
      },
      weights("input_weights", gates.map((gate) => gate.inputWeights), features, `4 gates x ${units} units x ${features} features.`), // prettier-ignore
      weights("recurrent_weights", gates.map((gate) => gate.recurrentWeights), units, `4 gates x ${units} units x ${units} units.`), // prettier-ignore
    ],
    call: ({ buffer, field }) =>
      loops([batches, steps], ([batch = "", time = ""]) => {
        const [ofBatch, ofStep] = timeMajor ? [1, batches] : [steps, 1];
        const at = (id: number, size: number): string => place(buffer(id), 0, [[batch, ofBatch * size], [time, ofStep * size]]); // prettier-ignore
        const state = (id: number): string => place(buffer(id), 0, [[batch, units]]);
        const list = [
          ...[at(step.input, features), String(features), state(step.hiddenState), state(step.cellState), at(step.output, units)],
          ...[String(units), `&${field("law")}`, ...["gates", "biases", "input_weights", "recurrent_weights"].map(field)],
        ];
        return [`lstm_step(${list.join(", ")});`];
      }),
  });
}

/** TensorFlow Lite's tanh takes Q3.12: the cell's 2^-15 and its power of two, less 3 bits. */
function lawField(step: LstmStep): ParameterField {
  const { forgetMultiplier, updateMultiplier, hiddenMultiplier } = step;
  const values = [
    ...[forgetMultiplier.mantissa, updateMultiplier.mantissa, hiddenMultiplier.mantissa, step.cellClip],
    ...[forgetMultiplier.shift, updateMultiplier.shift, hiddenMultiplier.shift],
    ...[15 + step.cellScalePower - 3, step.hiddenZeroPoint],
  ];
  return { role: "law", type: STATE_TYPE, count: null, values, perLine: 1, comment: "Between gates and states." };
}

function biases(
  { inputWeights, recurrentWeights, bias }: LstmGate,
  { features, units, inputZeroPoint, hiddenZeroPoint }: LstmStep,
): number[] {
  const sum = (values: Int8Array, unit: number, length: number): number =>
    values.subarray(unit * length, (unit + 1) * length).reduce((total, value) => total + value, 0);
  return Array.from(bias).flatMap((value, unit) => [
    value - inputZeroPoint * sum(inputWeights, unit, features),
    -hiddenZeroPoint * sum(recurrentWeights, unit, units),
  ]);
}

function weights(role: string, parts: readonly Int8Array[], perLine: number, comment: string): ParameterField {
  const values = parts.flatMap((part) => Array.from(part));
  return { role, type: scalar("int8_t"), count: values.length, values, perLine, comment };
}
