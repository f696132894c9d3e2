// Prints the functions of robot.c that judge and translate what is observed: check, encode. Single precision throughout, in the order of
// artifacts/encoding.ts.

import { halfStepsPerUnit } from "../../artifacts/encoding.ts";
import { type Field, type RobotSpec } from "../../artifacts/robot-spec.ts";
import { floatLiteral, wrapStatement } from "./c-text.ts";

/** `subject->imu.pitch`, with an index for a vector. */
export function access(subject: string, field: Field, index = "index"): string {
  const element = field.kind === "number" && field.length !== null ? `[${index}]` : "";
  return `${subject}->${field.path.join(".")}${element}`;
}

/** Statements for every element of a field: a loop for a vector. */
export function forElements(field: Field, statement: string): string {
  const indented = (indent: string): string =>
    wrapStatement(statement)
      .map((line) => `${indent}${line}\n`)
      .join("");
  if (field.kind === "choice" || field.length === null) return indented("    ");
  return `    for (size_t index = 0; index < ${field.length}; index++) {\n${indented("        ")}    }\n`;
}

export function checkFunction(spec: RobotSpec): string {
  const checks = spec.observation.map((field) =>
    field.kind === "choice"
      ? `    if (${access("observation", field)} >= ${field.labels.length}) {\n        return REFLEX_ERROR_OUT_OF_RANGE;\n    }\n`
      : forElements(
          field,
          `status = worse(status, check_number(${access("observation", field)}, ${literal(field.range.minimum)}, ${literal(field.range.maximum)}));`,
        ),
  );
  const numbers = spec.observation.some((field) => field.kind === "number");
  const helpers = `/** @brief Whether a reading is a number within its physical range. */
static reflex_status
check_number(float value, float minimum, float maximum) {
    if (value >= minimum && value <= maximum) {
        return REFLEX_OK;
    }
    return value != value ? REFLEX_ERROR_NOT_A_NUMBER : REFLEX_ERROR_OUT_OF_RANGE;
}

/** @brief The first thing that went wrong. */
static reflex_status
worse(reflex_status first, reflex_status second) {
    return first != REFLEX_OK ? first : second;
}

`;
  return numbers
    ? `${helpers}reflex_status\nrobot_check(const robot_observation* observation) {\n    reflex_status status = REFLEX_OK;\n${checks.join("")}    return status;\n}`
    : `reflex_status\nrobot_check(const robot_observation* observation) {\n${checks.join("")}    return REFLEX_OK;\n}`;
}

const ENCODE_NUMBER = `/**
 * @brief Clips a reading and rounds it to one of 256 levels.
 *
 * Counts half steps and rounds in integers: a multiplication never meets an addition, so that fused multiply-add can't
 * change a bit.
 */
static int8_t
encode_number(float value, float minimum, float maximum, float half_steps_per_unit) {
    const float clipped = value < minimum ? minimum : value > maximum ? maximum : value;
    const int32_t half_steps = (int32_t)((clipped - minimum) * half_steps_per_unit);
    const int32_t level = ((half_steps + 1) >> 1) - 128;
    return (int8_t)(level > 127 ? 127 : level);
}

`;

export function encodeFunction(spec: RobotSpec): string {
  const statements = spec.observation.map((field) => {
    if (field.kind === "choice") {
      return `    for (uint8_t label = 0; label < ${field.labels.length}; label++) {\n        *input++ = ${access("observation", field)} == label ? 127 : -128;\n    }\n`;
    }
    const { minimum, maximum } = field.clip;
    const factor = floatLiteral(halfStepsPerUnit(minimum, maximum));
    return forElements(
      field,
      `*input++ = encode_number(${access("observation", field)}, ${literal(minimum)}, ${literal(maximum)}, ${factor});`,
    );
  });
  const helper = spec.observation.some((field) => field.kind === "number") ? ENCODE_NUMBER : "";
  return `${helper}void\nrobot_encode(const robot_observation* observation, int8_t input[POLICY_INPUT_SIZE]) {\n${statements.join("")}}`;
}

/** A number as single precision has it. */
export function literal(value: number): string {
  return floatLiteral(Math.fround(value));
}
