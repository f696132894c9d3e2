// Prints robot.c's wire functions: little-endian float32 for a number, one byte for a choice, in the order of the spec. The C
// side of link/wire.ts.

import { type Field, type RobotSpec } from "../../artifacts/robot-spec.ts";
import { access, forElements } from "./robot-functions.ts";

const PUT_NUMBER = `/** @brief Writes a float, little-endian; returns where the next value goes. */
static uint8_t*
put_number(uint8_t* bytes, float value) {
    const union {
        float value;
        uint32_t bits;
    } word = {value};
    for (unsigned int shift = 0; shift < 32; shift += 8) {
        *bytes++ = (uint8_t)(word.bits >> shift);
    }
    return bytes;
}`;

const TAKE_NUMBER = `/** @brief Reads a little-endian float and moves on. */
static float
take_number(const uint8_t** bytes) {
    union {
        uint32_t bits;
        float value;
    } word = {0};
    for (unsigned int shift = 0; shift < 32; shift += 8) {
        word.bits |= (uint32_t)(*(*bytes)++) << shift;
    }
    return word.value;
}`;

export function wireFunctions(spec: RobotSpec): string {
  const actionFields: readonly Field[] = spec.action.kind === "discrete" ? [] : spec.action.fields;
  const hasNumbers = [...spec.observation, ...actionFields].some((field) => field.kind === "number");
  const observation = [fromWire("observation", spec.observation), toWire("observation", spec.observation)];
  const action =
    spec.action.kind === "discrete"
      ? [discreteFromWire(spec.action.labels.length), DISCRETE_TO_WIRE]
      : [fromWire("action", actionFields), toWire("action", actionFields)];
  return [...(hasNumbers ? [PUT_NUMBER, TAKE_NUMBER] : []), ...observation, ...action].join("\n\n");
}

/** A wrong label is refused; numbers are judged by robot_check and robot_limit. */
function fromWire(noun: "observation" | "action", fields: readonly Field[]): string {
  const reads = fields.map((field) =>
    field.kind === "choice"
      ? forElements(field, `${access(noun, field)} = *bytes++;`)
      : forElements(field, `${access(noun, field)} = take_number(&bytes);`),
  );
  const checks = fields.map((field) =>
    field.kind === "choice"
      ? `    if (${access(noun, field)} >= ${field.labels.length}) {\n        return REFLEX_ERROR_OUT_OF_RANGE;\n    }\n`
      : "",
  );
  return `reflex_status\nrobot_${noun}_from_wire(const uint8_t bytes[ROBOT_${noun.toUpperCase()}_BYTES], robot_${noun}* ${noun}) {\n${reads.join("")}${checks.join("")}    return REFLEX_OK;\n}`;
}

function toWire(noun: "observation" | "action", fields: readonly Field[]): string {
  const writes = fields.map((field) =>
    field.kind === "choice"
      ? forElements(field, `*bytes++ = ${access(noun, field)};`)
      : forElements(field, `bytes = put_number(bytes, ${access(noun, field)});`),
  );
  return `void\nrobot_${noun}_to_wire(const robot_${noun}* ${noun}, uint8_t bytes[ROBOT_${noun.toUpperCase()}_BYTES]) {\n${writes.join("")}}`;
}

function discreteFromWire(labels: number): string {
  return `reflex_status
robot_action_from_wire(const uint8_t bytes[ROBOT_ACTION_BYTES], robot_action* action) {
    action->label = bytes[0];
    return action->label < ${labels} || action->label == ROBOT_NO_CHOICE ? REFLEX_OK : REFLEX_ERROR_OUT_OF_RANGE;
}`;
}

const DISCRETE_TO_WIRE = `void
robot_action_to_wire(const robot_action* action, uint8_t bytes[ROBOT_ACTION_BYTES]) {
    bytes[0] = action->label;
}`;
