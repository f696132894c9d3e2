// The policy of robot.ts: the call behind `policy:` in, its architecture, head and ensemble out; checked against what the robot senses and
// does.

import { Node, type CallExpression, type Expression } from "ts-morph";
import type { ActionSpec, Architecture, EnsembleSpec, Field, HeadSpec, HiddenActivation, PolicySpec } from "../artifacts/robot-spec.ts";
import { PLAIN_HEAD, SINGLE_NETWORK } from "../artifacts/robot-spec.ts";
import { ARCHITECTURES, type ArchitectureKind } from "./architectures.ts";
import { constantNumber, constantText, packageCall } from "./constant-values.ts";
import { shorten } from "./field-types.ts";
import { Options, readWhole } from "./options.ts";
import type { Problems } from "./problems.ts";

const MAXIMUM_MEMBERS = 8;
const MINIMUM_BINS = 2;
/** More typical actions than a person shows. */
const MAXIMUM_BINS = 16;
const COMMON_KEYS = ["activation", "head", "ensemble"];
const HEADS = ["plain", "gaussian", "mixture"] as const;

/** What the policy sees and decides; null where robot.ts has no usable one. */
export interface PolicySubject {
  readonly observation: readonly Field[] | null;
  readonly action: ActionSpec | null;
}

/** The policy, or null after saying what is wrong with it. */
export function readPolicy(expression: Expression, { observation, action }: PolicySubject, problems: Problems): PolicySpec | null {
  const kinds = Object.keys(ARCHITECTURES) as readonly ArchitectureKind[];
  const kind = kinds.find((each) => packageCall(expression, each) !== null);
  const call = kind === undefined ? null : packageCall(expression, kind);
  if (kind === undefined || call === null) {
    const hint =
      importHint(expression, kinds) ?? `write policy: mlp([32, 16]), or a call of ${kinds.slice(1).join(", ")}, imported from "reflexarc"`;
    problems.error("spec-policy", expression, "the policy is no call that reflexarc knows", hint);
    return null;
  }
  const { keys, leading, example, read } = ARCHITECTURES[kind];
  const [optionsNode, extra] = call.getArguments().slice(leading === null ? 0 : 1);
  if (extra !== undefined) {
    const takes = leading === null ? "options" : `${leading} and options`;
    problems.error("spec-policy", extra, `${kind} takes ${takes} only`, "remove what stands behind them");
  }
  const options = Options.read(kind, call, optionsNode, [...keys, ...COMMON_KEYS], example, problems);
  if (options === null) return null;
  const activation = options.optional("activation", "relu" as const, (value) => readActivation(value, problems)) ?? "relu";
  const architecture = read(call, { options, activation, observation });
  const head = options.optional("head", PLAIN_HEAD, (value) => readHead(value, action, problems));
  const ensemble = options.optional("ensemble", SINGLE_NETWORK, (value) => readEnsemble(value, call, architecture, problems));
  return architecture === null || head === null || ensemble === null ? null : { architecture, head, ensemble };
}

function readActivation(expression: Expression, problems: Problems): HiddenActivation | null {
  const activation = constantText(expression);
  if (activation === "relu" || activation === "tanh") return activation;
  problems.error("spec-activation", expression, `there is no activation ${shorten(expression.getText())}`, `write "relu" or "tanh"`);
  return null;
}

function readHead(expression: Expression, action: ActionSpec | null, problems: Problems): HeadSpec | null {
  const kind = HEADS.find((each) => packageCall(expression, each) !== null);
  const call = kind === undefined ? null : packageCall(expression, kind);
  if (kind === undefined || call === null) {
    const hint = importHint(expression, HEADS) ?? `write plain(), gaussian() or mixture(5), imported from "reflexarc"`;
    problems.error("spec-head", expression, `there is no head ${shorten(expression.getText())}`, hint);
    return null;
  }
  const [bins, ...others] = call.getArguments();
  const extra = kind === "mixture" ? others[0] : bins;
  if (extra !== undefined) {
    const message = kind === "mixture" ? "mixture takes the number of bins only" : `${kind} takes nothing`;
    problems.error("spec-head", extra, message, "remove what stands there");
  }
  if (kind !== "plain" && action?.kind === "discrete") {
    const hint = "leave the head out: scores of labels keep demonstrations that disagree apart already";
    problems.error("spec-head", expression, `${kind} is for continuous actions, and Action is a choice of labels`, hint);
    return null;
  }
  if (kind !== "mixture") return { kind };
  const meaning = "the number of typical actions";
  const count = readWhole("spec-head", bins ?? call, { minimum: MINIMUM_BINS, maximum: MAXIMUM_BINS, meaning }, problems);
  return count === null ? null : { kind, bins: count };
}

/** A number of members, or an object that says more. */
function readEnsemble(
  expression: Expression,
  call: CallExpression,
  architecture: Architecture | null,
  problems: Problems,
): EnsembleSpec | null {
  const readMembers = (node: Node): number | null => {
    const meaning = "the number of networks that learn the same";
    return readWhole("spec-ensemble", node, { minimum: 1, maximum: MAXIMUM_MEMBERS, meaning }, problems);
  };
  if (constantNumber(expression) !== null) {
    const members = readMembers(expression);
    return members === null ? null : { members, trunk: "none" };
  }
  const options = Options.read(
    "the ensemble",
    call,
    expression,
    ["members", "trunk"],
    `ensemble: 3, or { members: 3, trunk: "shared" }`,
    problems,
  );
  if (options === null) return null;
  const members = options.require("members", "3", readMembers);
  const trunk = options.optional("trunk", "none" as const, (value) => readTrunk(value, members, architecture, problems));
  return members === null || trunk === null ? null : { members, trunk };
}

function readTrunk(
  expression: Expression,
  members: number | null,
  architecture: Architecture | null,
  problems: Problems,
): EnsembleSpec["trunk"] | null {
  const trunk = constantText(expression);
  if (trunk === "none") return trunk;
  if (trunk !== "shared") {
    problems.error("spec-ensemble", expression, `there is no trunk ${shorten(expression.getText())}`, `write "shared" or "none"`);
    return null;
  }
  if (members === 1) {
    problems.error(
      "spec-ensemble",
      expression,
      "a single network shares its trunk with none",
      "write more members, or leave the trunk out",
    );
  } else if (architecture?.kind === "mlp" && architecture.hidden.length < 2) {
    const hint =
      "write two hidden widths or more, mlp([32, 16]), or leave the trunk out: the last hidden layer and the head are each member's own";
    problems.error("spec-ensemble", expression, "there is no layer that the members could share", hint);
  } else return trunk;
  return null;
}

/** For a call of something that "reflexarc" has, but that was not imported from there. */
function importHint(expression: Expression, names: readonly string[]): string | null {
  const name = Node.isCallExpression(expression) ? expression.getExpression().getText() : "";
  return names.includes(name) ? `add ${name} to the imports: import { defineRobot, ${name} } from "reflexarc"` : null;
}
