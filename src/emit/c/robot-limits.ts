// Prints robot.c's last word on actions: the neutral action, the range, the slew. The C side of artifacts/action-limits.ts, bit
// for bit.

import { at } from "../../core/assert.ts";
import { channelLimits, neutralLabel } from "../../artifacts/action-limits.ts";
import type { ActionSpec, NumberField, RobotSpec } from "../../artifacts/robot-spec.ts";
import { floatLiteral } from "./c-text.ts";
import { access, forElements } from "./robot-functions.ts";
import { choiceNames } from "./robot-header.ts";

type DiscreteAction = Extract<ActionSpec, { readonly kind: "discrete" }>;

export function limitFunctions(spec: RobotSpec): string {
  return spec.action.kind === "discrete" ? discreteLimits(spec.action) : continuousLimits(spec.action.fields, spec.rateHz);
}

function discreteLimits(action: DiscreteAction): string {
  const neutral = action.neutral === null ? "ROBOT_NO_CHOICE" : at(choiceNames("ACTION", action.labels), neutralLabel(action));
  return `void
robot_neutral(robot_action* action) {
    action->label = ${neutral};
}

void
robot_limit(robot_action* action, const robot_action* previous) {
    (void)previous; /* a label has no slew */
    if (action->label >= ${action.labels.length}) {
        robot_neutral(action);
    }
}`;
}

const LIMIT_NUMBER = `/** @brief A value within its range, or the neutral one when it is no number. */
static float
limit_number(float value, float minimum, float maximum, float neutral) {
    if (value != value) {
        return neutral;
    }
    return value < minimum ? minimum : value > maximum ? maximum : value;
}`;

const LIMIT_SLEW = `/** @brief A value no further from the previous one than a tick's step. */
static float
limit_slew(float value, float previous, float step, float minimum, float maximum, float neutral) {
    const float from = limit_number(previous, minimum, maximum, neutral);
    const float lowest = from - step;
    const float highest = from + step;

    return value < lowest ? lowest : value > highest ? highest : value;
}`;

function continuousLimits(fields: readonly NumberField[], rateHz: number): string {
  const neutral: string[] = [];
  const range: string[] = [];
  const slew: string[] = [];
  for (const field of fields) {
    const limits = channelLimits(field, rateHz);
    const action = access("action", field);
    const bounds = [limits.minimum, limits.maximum, limits.neutral].map(floatLiteral).join(", ");
    neutral.push(forElements(field, `${action} = ${floatLiteral(limits.neutral)};`));
    range.push(forElements(field, `${action} = limit_number(${action}, ${bounds});`));
    if (limits.step === null) continue;
    const step = floatLiteral(limits.step);
    slew.push(forElements(field, `${action} = limit_slew(${action}, ${access("previous", field)}, ${step}, ${bounds});`));
  }
  const slewed =
    slew.length === 0
      ? "    (void)previous; /* nothing here has a slew */\n"
      : `    if (previous == NULL) {\n        return;\n    }\n${slew.join("")}`;
  return `${[LIMIT_NUMBER, ...(slew.length === 0 ? [] : [LIMIT_SLEW])].join("\n\n")}

void
robot_neutral(robot_action* action) {
${neutral.join("")}}

void
robot_limit(robot_action* action, const robot_action* previous) {
${range.join("")}${slewed}}`;
}
