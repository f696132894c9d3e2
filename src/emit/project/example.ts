// A robot's fields as the person writes them: for each of an observation or action the line of C that assigns or reads it, with its
// unit and range. The files that belong to the person open with these as comments.

import { upperCase } from "../c/c-text.ts";
import { choiceNames } from "../c/robot-header.ts";
import type { Field, NumberField, RobotSpec } from "../../artifacts/robot-spec.ts";

/** Values for a skeleton: `{{OBSERVATION}}` and `{{ACTION}}`, a line a field.
 * @param prefix before each line: its indent and what makes it a comment, such as "    // ". A robot's words never end a comment. */
export function exampleValues(robot: RobotSpec, prefix: string): { readonly OBSERVATION: string; readonly ACTION: string } {
  const block = (lines: readonly string[]): string => lines.map((line) => `${prefix}${line}`).join("\n");
  return { OBSERVATION: block(observationLines(robot)), ACTION: block(actionLines(robot)) };
}

/** `observation->range[i] = ...; // m, 0 to 5.1, i = 0 to 23` */
export function observationLines({ observation }: RobotSpec): readonly string[] {
  return observation.map((field) => {
    const target = `observation->${member(field)}`;
    return field.kind === "number"
      ? `${target} = ...; // ${meaning(field)}`
      : `${target} = ...; // ${choiceNames(upperCase(field.path.join("_")), field.labels).join(", ")}`;
  });
}

/** `action->shoulder // rad, -1.5 to 1.5`, or the names that `action->label` can have. */
export function actionLines({ action }: RobotSpec): readonly string[] {
  if (action.kind === "continuous") return action.fields.map((field) => `action->${member(field)} // ${meaning(field)}`);
  const names = choiceNames("ACTION", action.labels);
  return [`action->label // ${[...names, ...(action.neutral === null ? ["ROBOT_NO_CHOICE (actuators off)"] : [])].join(", ")}`];
}

function member(field: Field): string {
  const vector = field.kind === "number" && field.length !== null;
  return `${field.path.join(".")}${vector ? "[i]" : ""}`;
}

/** Its unit, its range, and which elements it has. */
function meaning({ unit, range, length }: NumberField): string {
  const words = unit
    .replace(/[\r\n]+/g, " ")
    .replace(/\*\//g, "* /")
    .replace(/\\/g, "/");
  const elements = length === null ? [] : [`i = 0 to ${length - 1}`];
  return [...(words === "" ? [] : [words]), `${range.minimum} to ${range.maximum}`, ...elements].join(", ");
}
