// The default export of robot.ts: a source file in; name, rate, safety and the policy's expression out. Read from the source, never run, so that opening
// a stranger's robot project is safe and the same everywhere.

import { Node, ts, type Expression, type SourceFile } from "ts-morph";
import { DEFAULT_SAFETY, type SafetySpec } from "../artifacts/robot-spec.ts";
import { constantBoolean, constantNumber, constantText, followConstant, objectEntries, packageCall } from "./constant-values.ts";
import { shorten } from "./field-types.ts";
import { isKebabCase, kebabCase } from "./names.ts";
import type { Problems } from "./problems.ts";

/** A name is part of every generated identifier and file name. */
const MAXIMUM_NAME_LENGTH = 32;
const MAXIMUM_RATE_HZ = 1000;
/** Shorter, and a busy computer's pause is a lost link. */
const MINIMUM_LINK_TIMEOUT_MS = 100;
const MAXIMUM_LINK_TIMEOUT_MS = 60_000;
const MAXIMUM_STALE_TICKS = 100;

const EXAMPLE = `export default defineRobot({ name: "my-robot", rateHz: 20, policy: mlp([32, 16]) })`;

/** Null where there is no usable one. The policy is read once it is known what it sees and decides (policies.ts). */
export interface Definition {
  readonly name: string | null;
  readonly rateHz: number | null;
  readonly safety: SafetySpec | null;
  readonly policy: Expression | null;
}

const KEYS = ["name", "rateHz", "policy", "autonomous", "linkTimeoutMs", "staleTicks"];

/** What defineRobot was given, or null after saying what is wrong with it. */
export function readDefinition(file: SourceFile, problems: Problems): Definition | null {
  const exported = defaultExports(file, problems);
  const call = exported.map((each) => packageCall(each, "defineRobot")).find((each) => each !== null) ?? null;
  if (call === null) {
    const hint = `write ${EXAMPLE}, with defineRobot imported from "reflexarc"`;
    for (const each of exported) problems.error("spec-no-define-robot", each, "the default export is no call of defineRobot", hint);
    return null;
  }
  const argument = call.getArguments()[0];
  const object = Node.isExpression(argument) ? followConstant(argument) : undefined;
  if (!Node.isObjectLiteralExpression(object)) {
    problems.error("spec-not-literal", argument ?? call, "defineRobot needs an object that is written out", `write ${EXAMPLE}`);
    return null;
  }
  const entries = objectEntries(object, KEYS, "defineRobot", problems);
  const read = <Value>(key: string, example: string, reader: (value: Expression, problems: Problems) => Value | null): Value | null => {
    const value = entries.get(key);
    if (value !== undefined) return reader(value, problems);
    problems.error("spec-missing-key", object, `defineRobot has no ${key}`, `add ${key}: ${example}`);
    return null;
  };
  const name = read("name", `"my-robot"`, readName);
  const rateHz = read("rateHz", "20", readRate);
  const policy = read("policy", "mlp([32, 16])", (value) => value);
  return { name, rateHz, safety: readSafety(entries, problems), policy };
}

/** What the file exports by default: one thing, unless its maker erred. */
function defaultExports(file: SourceFile, problems: Problems): readonly Node[] {
  const specifiers = file.getExportDeclarations().flatMap((each) => each.getNamedExports());
  const exported = [
    ...file.getExportAssignments().map((each) => each.getExpression()),
    ...file.getStatements().filter((each) => Node.isModifierable(each) && each.hasModifier(ts.SyntaxKind.DefaultKeyword)),
    ...specifiers.filter((each) => (each.getAliasNode() ?? each.getNameNode()).getText() === "default").map((each) => each.getNameNode()),
  ].sort((left, right) => left.getStart() - right.getStart());
  const [first, ...more] = exported;
  if (first === undefined) {
    problems.error("spec-no-default", { file, offset: file.getEnd() }, "the file exports no robot", `end it with ${EXAMPLE}`);
  } else {
    const message = `the file has another default export, in line ${first.getStartLineNumber()}`;
    for (const another of more) problems.error("spec-two-defaults", another, message, "keep one: a file describes one robot");
  }
  return exported;
}

function readName(expression: Expression, problems: Problems): string | null {
  const name = constantText(expression);
  if (name !== null && isKebabCase(name) && name.length <= MAXIMUM_NAME_LENGTH) return name;
  const suggestion =
    kebabCase(name ?? "")
      .slice(0, MAXIMUM_NAME_LENGTH)
      .replace(/-$/, "") || "my-robot";
  const hint = `write 1 to ${MAXIMUM_NAME_LENGTH} lower-case letters and digits, with hyphens between words: "${suggestion}"`;
  problems.error("spec-robot-name", expression, `the name ${shorten(expression.getText())} is unusable`, hint);
  return null;
}

function readRate(expression: Expression, problems: Problems): number | null {
  const rateHz = constantNumber(expression);
  if (rateHz !== null && Number.isInteger(rateHz) && rateHz >= 1 && rateHz <= MAXIMUM_RATE_HZ) return rateHz;
  const hint = `write the control ticks a second as a whole number from 1 to ${MAXIMUM_RATE_HZ}: rateHz: 20`;
  problems.error("spec-rate", expression, `the rate ${shorten(expression.getText())} is unusable`, hint);
  return null;
}

/** What is not given is as DEFAULT_SAFETY has it; null after saying what is wrong with what is. */
function readSafety(entries: ReadonlyMap<string, Expression>, problems: Problems): SafetySpec | null {
  const read = <Value>(
    key: keyof SafetySpec,
    usual: Value,
    value: (expression: Expression) => Value | null,
    hint: string,
  ): Value | null => {
    const expression = entries.get(key);
    if (expression === undefined) return usual;
    const found = value(expression);
    if (found === null) problems.error("spec-safety", expression, `${key}: ${shorten(expression.getText())} is unusable`, hint);
    return found;
  };
  const whole = (key: "linkTimeoutMs" | "staleTicks", minimum: number, maximum: number, what: string): number | null => {
    const inRange = (expression: Expression): number | null => {
      const value = constantNumber(expression);
      return value !== null && Number.isInteger(value) && value >= minimum && value <= maximum ? value : null;
    };
    const hint = `write ${what} as a whole number from ${minimum} to ${maximum}: ${key}: ${DEFAULT_SAFETY[key]}`;
    return read(key, DEFAULT_SAFETY[key], inRange, hint);
  };
  const hint = "write true where the policy shall keep driving without a host, else false";
  const autonomous = read("autonomous", DEFAULT_SAFETY.autonomous, constantBoolean, hint);
  const silence = "the host's silence that counts as a lost link, in milliseconds,";
  const linkTimeoutMs = whole("linkTimeoutMs", MINIMUM_LINK_TIMEOUT_MS, MAXIMUM_LINK_TIMEOUT_MS, silence);
  const staleTicks = whole("staleTicks", 0, MAXIMUM_STALE_TICKS, "how many ticks old a reading may be");
  return autonomous === null || linkTimeoutMs === null || staleTicks === null ? null : { autonomous, linkTimeoutMs, staleTicks };
}
