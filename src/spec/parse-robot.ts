// robot.ts -> RobotSpec. The text of robot.ts and its imports in, the robot's description or every mistake in it out. The file is
// read, never run.

import { Node, type SourceFile } from "ts-morph";
import type { ActionSpec, Field, RobotSpec } from "../artifacts/robot-spec.ts";
import { failure, success, type Outcome } from "../core/diagnostic.ts";
import { readDefinition } from "./definition.ts";
import { readDocumentation, refuseTags, type Documentation } from "./documentation.ts";
import { FieldTypeReader, type FieldType } from "./field-types.ts";
import { FieldCollector } from "./fields.ts";
import { checkLabels } from "./labels.ts";
import { actionLimits, observationLimits, readNeutralLabel } from "./limits.ts";
import { readLabelMirror, warnOfHalfMirror } from "./mirror.ts";
import { readPolicy } from "./policies.ts";
import { Problems } from "./problems.ts";
import { loadSources, type ReadSource } from "./source-files.ts";

/** Actions that a policy chooses from; more are better sent as a number. */
const MAXIMUM_ACTIONS = 64;

/** Reads a robot's description.
 * @param entryPath robot.ts, as diagnostics shall name it.
 * @param readSource the text of a file, undefined when there is none; asked for `entryPath` and for relative imports seen from it. */
export function parseRobot(entryPath: string, readSource: ReadSource): Outcome<RobotSpec> {
  const problems = new Problems();
  const file = loadSources(entryPath, readSource, problems);
  const spec = file === null ? null : readSpec(file, problems);
  const errors = problems.errors();
  return spec === null || errors.length > 0 ? failure(...errors, ...problems.warnings()) : success(spec, problems.warnings());
}

function readSpec(file: SourceFile, problems: Problems): RobotSpec | null {
  const types = new FieldTypeReader(problems);
  const definition = readDefinition(file, problems);
  const observation = readObservation(file, types, problems);
  const action = readAction(file, definition?.rateHz ?? null, types, problems);
  if (definition === null) return null;
  const { name, rateHz, safety } = definition;
  const policy = definition.policy === null ? null : readPolicy(definition.policy, { observation, action }, problems);
  if (observation === null || action === null || name === null || rateHz === null || policy === null || safety === null) return null;
  if (problems.errors().length === 0) warnOfHalfMirror(file, observation, action, problems);
  return { name, rateHz, observation, action, policy, safety };
}

function readObservation(file: SourceFile, types: FieldTypeReader, problems: Problems): readonly Field[] | null {
  const example = "export interface Observation { /** @unit m @range 0 5 */ front: number }";
  const root = readRoot("Observation", example, file, types, problems);
  if (root === null) return null;
  refuseTags(root.documentation.tags, "Observation, an interface,", problems);
  if (root.type.kind === "object")
    return new FieldCollector("Observation", types, observationLimits, problems).collect(root.type, root.where);
  problems.error("spec-observation", root.where, "Observation is no interface", `give its readings names: ${example}`);
  return null;
}

function readAction(file: SourceFile, rateHz: number | null, types: FieldTypeReader, problems: Problems): ActionSpec | null {
  const example = `export type Action = "forward" | "turn-left"`;
  const root = readRoot("Action", example, file, types, problems);
  if (root === null) return null;
  switch (root.type.kind) {
    case "choice": {
      const labels = checkLabels(root.type.labels, "Action", root.where, MAXIMUM_ACTIONS, problems);
      const neutral = readNeutralLabel(root.documentation, labels, problems);
      return { kind: "discrete", labels, neutral, mirror: readLabelMirror(root.documentation, labels, problems) };
    }
    case "object": {
      refuseTags(root.documentation.tags, "Action, an interface,", problems);
      const fields = new FieldCollector("Action", types, actionLimits(rateHz), problems).collect(root.type, root.where);
      for (const field of fields) {
        if (field.kind === "choice") {
          const hint = "write a number with @range, or make all of Action one union of labels";
          problems.error("spec-action-choice", root.where, `Action holds the choice ${field.path.join(".")} beside numbers`, hint);
        }
      }
      return { kind: "continuous", fields: fields.filter((field) => field.kind === "number") };
    }
    case "number":
    case "vector": {
      const hint = "give it a name: export interface Action { /** @range -1 1 */ speed: number }";
      problems.error("spec-action", root.where, "Action is a number without a name", hint);
      return null;
    }
  }
}

/** The exported type `name`, what its comment says, and the node to point at when something about all of it is wrong. */
function readRoot(
  name: "Observation" | "Action",
  example: string,
  file: SourceFile,
  types: FieldTypeReader,
  problems: Problems,
): { readonly type: FieldType; readonly documentation: Documentation; readonly where: Node } | null {
  const exported = file.getExportSymbols().find((symbol) => symbol.getName() === name);
  const declarations = (exported?.getAliasedSymbol() ?? exported)?.getDeclarations() ?? [];
  const local = file.getInterface(name) ?? file.getTypeAlias(name);
  if (exported === undefined && local !== undefined) {
    problems.error("spec-not-exported", local, `${name} is not exported`, `write "export" before it`);
    return null;
  }
  const first = declarations[0];
  if (first === undefined) {
    const code = name === "Observation" ? "spec-no-observation" : "spec-no-action";
    problems.error(code, { file, offset: 0 }, `the file exports no ${name}`, `add ${example}`);
    return null;
  }
  const where = Node.hasName(first) ? first.getNameNode() : first;
  if (!Node.isInterfaceDeclaration(first) && !Node.isTypeAliasDeclaration(first)) {
    problems.error("spec-not-a-type", where, `${name} is neither an interface nor a type`, `write ${example}`);
    return null;
  }
  const type = types.readDeclarations(declarations, where, name, []);
  return type === null ? null : { type, documentation: readDocumentation(first, problems), where };
}
