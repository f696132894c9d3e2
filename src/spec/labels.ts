// The labels of a choice or a discrete action: as written in, checked texts out.

import type { Node } from "ts-morph";
import { NO_ACTION } from "../artifacts/robot-spec.ts";
import type { WrittenLabel } from "./field-types.ts";
import { identityKey, kebabCase } from "./names.ts";
import type { Problems } from "./problems.ts";

/** A label's index is one byte on the wire, and NO_ACTION (255) is taken. */
export const MAXIMUM_LABELS = NO_ACTION - 1;

/** The texts in the order written; what is wrong with them goes to `problems`. */
export function checkLabels(
  labels: readonly WrittenLabel[],
  subject: string,
  where: Node,
  maximum: number,
  problems: Problems,
): readonly string[] {
  const seen = new Map<string, string>();
  for (const { text, where: at } of labels) {
    const key = identityKey(text);
    const twin = seen.get(key);
    if (!/^[A-Za-z][A-Za-z0-9 _.-]*$/.test(text)) {
      const hint = `use a letter, then letters, digits and hyphens: "${kebabCase(text) || "turn-left"}"`;
      problems.error("spec-bad-label", at, `the label ${JSON.stringify(text)} of ${subject} can't be a name in C`, hint);
    } else if (twin === text) {
      problems.error("spec-duplicate-label", at, `the label "${text}" of ${subject} is given twice`, "remove one of them");
    } else if (twin !== undefined) {
      const hint = "give one of them another name; case, hyphens and spaces don't tell labels apart";
      problems.error("spec-similar-labels", at, `the labels "${twin}" and "${text}" of ${subject} would be the same name in C`, hint);
    }
    seen.set(key, text);
  }
  if (labels.length > maximum) {
    const hint = `keep it to ${maximum}, or make it a number with @range`;
    problems.error("spec-too-many-labels", where, `${subject} has ${labels.length} labels`, hint);
  }
  return labels.map((each) => each.text);
}
