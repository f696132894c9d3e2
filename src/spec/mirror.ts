// What @mirror says: the tag in, what becomes of a number or a label when left and right are exchanged out. By it, training sees each
// demonstration twice.

import type { SourceFile } from "ts-morph";
import {
  actionHasMirror,
  fieldWidth,
  observationHasMirror,
  type ActionSpec,
  type Field,
  type FieldMirror,
  type Interval,
  type NumberField,
} from "../artifacts/robot-spec.ts";
import type { Documentation, Tag } from "./documentation.ts";
import { readNumber } from "./intervals.ts";
import type { Problems } from "./problems.ts";

/** A number field but for what its tags limit and mirror. */
type Mirrored = Pick<NumberField, "path" | "length" | "range" | "clip">;

/** The mirror of a number, or null where it has none or a wrong one. Whether a swap is mutual is known once all fields are: `checkSwaps`. */
export function readFieldMirror(field: Mirrored, { tags }: Documentation, problems: Problems): FieldMirror | null {
  const tag = tags.get("mirror");
  if (tag === undefined) return null;
  const [kind = "", ...rest] = tag.text.split(/\s+/);
  const operand = rest.join(" ");
  const refuse = (message: string, hint: string): null => {
    problems.error("spec-mirror", tag.where, message, hint);
    return null;
  };
  switch (kind) {
    case "negate": {
      if (operand !== "") return refuse(`@mirror negate is followed by "${operand}"`, "write @mirror negate and nothing behind it");
      const skewed = [field.range, field.clip].find((interval) => !isSymmetric(interval));
      if (skewed === undefined) return { kind };
      const reach = Math.max(Math.abs(skewed.minimum), Math.abs(skewed.maximum));
      const message = `@mirror negate turns ${skewed.minimum} .. ${skewed.maximum} into another range`;
      return refuse(message, `write a range around 0, ${-reach} ${reach}, in @range and @clip, or remove @mirror`);
    }
    case "swap": {
      if (operand !== "") return { kind, path: operand.split(".") };
      return refuse("@mirror swap names no field", "write the field that it changes places with: @mirror swap right");
    }
    case "reverse": {
      if (field.length === null) return refuse("@mirror reverse is for a Vec", "write @mirror negate, or @mirror swap and a field's name");
      const axis = operand === "" ? (field.length - 1) / 2 : readNumber(operand);
      if (Number.isInteger(2 * axis) && axis >= 0 && axis < field.length) return { kind, axis };
      const hint = `write the index of the element that looks ahead, 0 to ${field.length - 1}, or nothing behind it for a row from end to end`;
      return refuse(`there is no element ${operand} to reverse the Vec around`, hint);
    }
    default: {
      const hint =
        "write @mirror negate, @mirror swap and a field's name, @mirror reverse, or @mirror reverse and the index that looks ahead";
      return refuse(tag.text === "" ? "@mirror says nothing" : `@mirror is "${tag.text}", which means nothing here`, hint);
    }
  }
}

function isSymmetric({ minimum, maximum }: Interval): boolean {
  return minimum === -maximum;
}

/** Says which swaps of `root` are not mutual or between fields that differ. @param tags the @mirror of each field, by its path. */
export function checkSwaps(root: string, fields: readonly Field[], tags: ReadonlyMap<Field, Tag>, problems: Problems): void {
  for (const [field, tag] of tags) {
    if (field.kind !== "number" || field.mirror?.kind !== "swap") continue;
    const name = field.path.join(".");
    const otherName = field.mirror.path.join(".");
    const other = fields.find((each) => each.path.join(".") === otherName);
    const refuse = (message: string, hint: string): void => {
      problems.error("spec-mirror", tag.where, message, hint);
    };
    if (other?.kind !== "number") {
      refuse(`${root} has no number ${otherName} for ${name} to swap with`, "write the field's name from the interface down: imu.left");
    } else if (other === field) {
      refuse(`${name} can't swap with itself`, "remove @mirror: without it, the mirror image has the same reading");
    } else if (other.mirror?.kind !== "swap" || other.mirror.path.join(".") !== name) {
      refuse(`${name} swaps with ${otherName}, which doesn't swap back`, `write @mirror swap ${name} above ${otherName}`);
    } else if (!isAlike(field, other)) {
      refuse(`${name} swaps with ${otherName}, which differs`, "give both the same type, @range and @clip");
    }
  }
}

function isAlike(one: NumberField, other: NumberField): boolean {
  const same = (a: Interval, b: Interval): boolean => a.minimum === b.minimum && a.maximum === b.maximum;
  return fieldWidth(one) === fieldWidth(other) && same(one.range, other.range) && same(one.clip, other.clip);
}

/** The pairs of labels behind @mirror of a discrete Action; null where it was not written, or wrong. */
export function readLabelMirror(
  { tags }: Documentation,
  labels: readonly string[],
  problems: Problems,
): readonly (readonly [string, string])[] | null {
  const tag = tags.get("mirror");
  if (tag === undefined) return null;
  const refuse = (message: string, hint: string): null => {
    problems.error("spec-mirror", tag.where, message, hint);
    return null;
  };
  const seen = new Set<string>();
  const pairs: (readonly [string, string])[] = [];
  for (const text of tag.text === "" ? [] : tag.text.split(",")) {
    const [left = "", right, ...more] = text.split("=").map((each) => each.trim());
    if (right === undefined || more.length > 0) {
      return refuse(
        `@mirror has "${text.trim()}", which is no pair of labels`,
        "write pairs with commas between: @mirror left=right, slow-left=slow-right",
      );
    }
    for (const label of [left, right]) {
      if (!labels.includes(label))
        return refuse(`@mirror names "${label}", which is no label of Action`, `write two of ${labels.join(", ")}`);
      if (seen.has(label)) return refuse(`@mirror names "${label}" twice`, "name a label once; those that are not named stay as they are");
      seen.add(label);
    }
    pairs.push([left, right]);
  }
  return pairs;
}

/** Warns when one side alone says @mirror: training then mirrors nothing. */
export function warnOfHalfMirror(file: SourceFile, observation: readonly Field[], action: ActionSpec, problems: Problems): void {
  const [observed, acted] = [observationHasMirror(observation), actionHasMirror(action)];
  if (observed === acted) return;
  const message = `${observed ? "Observation" : "Action"} says @mirror and ${observed ? "Action" : "Observation"} does not: training mirrors nothing`;
  const label =
    action.kind === "discrete"
      ? "@mirror left=right above Action (@mirror alone where no label changes)"
      : "@mirror above a number of Action";
  const hint = observed ? `write ${label}, or remove the others` : "write @mirror above the readings that change, or remove the others";
  problems.warning("spec-half-mirror", { file, offset: 0 }, message, hint);
}
