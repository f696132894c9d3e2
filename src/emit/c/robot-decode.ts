// Prints robot_decode of robot.c: from what the policy's members say to one action. The C side of decodeAction in artifacts/encoding.ts, bit
// for bit.

import { actionAffine } from "../../artifacts/encoding.ts";
import { memberOutputs } from "../../artifacts/policy-form.ts";
import { actionWidth, type NumberField, type RobotSpec } from "../../artifacts/robot-spec.ts";
import { floatLiteral } from "./c-text.ts";
import { access, forElements, literal } from "./robot-functions.ts";
import type { PolicyOutput } from "./robot.ts";

export function decodeFunction(spec: RobotSpec, output: PolicyOutput): string {
  const { form } = output;
  const said = form.members === 1 ? MEMBER_ALONE : memberSum(form.members, memberOutputs(form, spec.action));
  const parts =
    spec.action.kind === "discrete"
      ? [said.helper, discreteBody(spec.action.labels.length, said)]
      : [said.helper, decodeNumber(output), continuousBody(spec.action.fields, actionWidth(spec), output, said)];
  return parts.filter((part) => part !== "").join("\n\n");
}

/** How an element of the output is said by all members: a helper to print, and its call. */
interface Said {
  readonly helper: string;
  readonly of: (element: string) => string;
}

const MEMBER_ALONE: Said = { helper: "", of: (element) => element };

function memberSum(members: number, width: number): Said {
  return {
    helper: `/** @brief What the ${members} members say of an element, summed. */
static int32_t
sum_members(const int8_t* element) {
    int32_t sum = 0;
    for (size_t member = 0; member < ${members}; member++) {
        sum += element[member * ${width}];
    }
    return sum;
}`,
    of: (element) => `sum_members(&${element})`,
  };
}

function discreteBody(labels: number, said: Said): string {
  const last = said === MEMBER_ALONE ? "POLICY_OUTPUT_SIZE" : String(labels);
  return `void
robot_decode(const int8_t output[POLICY_OUTPUT_SIZE], robot_action* action) {
    action->label = 0;
    for (uint8_t label = 1; label < ${last}; label++) {
        if (${said.of("output[label]")} > ${said.of("output[action->label]")}) {
            action->label = label;
        }
    }
}`;
}

function decodeNumber({ form: { members }, zeroPoint }: PolicyOutput): string {
  const [what, type] = members === 1 ? ["An output byte", "int8_t"] : ["Summed output bytes", "int32_t"];
  const offset = members * zeroPoint;
  return `/** @brief ${what} as a number within its clip range. The product is volatile so that it can't be fused with the sum. */
static float
decode_number(${type} level, float centre, float factor, float minimum, float maximum) {
    const volatile float offset = factor * ${offset === 0 ? "(float)level" : `(float)(level - (${offset}))`};
    const float value = centre + offset;
    return value < minimum ? minimum : value > maximum ? maximum : value;
}`;
}

function continuousBody(fields: readonly NumberField[], channels: number, { form, scale }: PolicyOutput, said: Said): string {
  const statements = fields.map((field) => {
    const { centre, factor } = actionAffine(field.clip, scale, form.members);
    const numbers = [floatLiteral(centre), floatLiteral(factor), literal(field.clip.minimum), literal(field.clip.maximum)];
    const level = form.members === 1 ? "*output++" : "sum_members(output++)";
    return forElements(field, `${access("action", field)} = decode_number(${[level, ...numbers].join(", ")});`);
  });
  return `void
robot_decode(const int8_t output[POLICY_OUTPUT_SIZE], robot_action* action) {
${form.head.kind === "mixture" ? chooseBin(form.head.bins, channels, said) : ""}${statements.join("")}}`;
}

function chooseBin(bins: number, channels: number, said: Said): string {
  return `    /* A score for each of ${bins} bins, then the action in each: the first bin with the highest score acts. */
    size_t bin = 0;
    for (size_t other = 1; other < ${bins}; other++) {
        if (${said.of("output[other]")} > ${said.of("output[bin]")}) {
            bin = other;
        }
    }
    output += ${bins} + bin${channels === 1 ? "" : ` * ${channels}`};
`;
}
