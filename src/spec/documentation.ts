// The doc comment of a property or a type: its source in, description and tags with their places out. Read here rather than by TypeScript,
// which overlooks a comment on the same line as the property before it.

import { ts, type Node } from "ts-morph";
import type { Position, Problems } from "./problems.ts";

export interface Tag {
  /** What stands behind the tag, up to the next one or the end of the line. */
  readonly text: string;
  readonly where: Position;
}

export const TAG_NAMES = ["unit", "range", "clip", "neutral", "slew", "mirror"] as const;
export type TagName = (typeof TAG_NAMES)[number];

export interface Documentation {
  /** On one line; empty when there is none. */
  readonly description: string;
  readonly tags: ReadonlyMap<TagName, Tag>;
}

/** Tags that JSDoc itself knows and that say nothing to reflexarc. */
const OTHER_TAGS = ["author", "default", "deprecated", "example", "internal", "note", "remarks", "see", "since", "todo", "type"];

/** The documentation of a property or a type; unknown and repeated tags go to `problems`. */
export function readDocumentation(documented: Node, problems: Problems): Documentation {
  const file = documented.getSourceFile();
  const tags = new Map<TagName, Tag>();
  const descriptions: string[] = [];
  for (const comment of documentationComments(documented)) {
    // Comment marks become blanks of the same length, so that offsets stay true.
    const blank = (mark: string): string => " ".repeat(mark.length);
    const text = comment.text
      .replace(/^\/\*\*/, blank)
      .replace(/\*\/$/, blank)
      .replace(/^[ \t]*\*/gm, blank);
    const marks = [...text.matchAll(/(?<=^|\s)@([A-Za-z]+)/gm)];
    descriptions.push(
      text
        .slice(0, marks[0]?.index ?? text.length)
        .replace(/\s+/g, " ")
        .trim(),
    );
    marks.forEach((mark, index) => {
      const name = mark[1] ?? "";
      const [line = ""] = text.slice(mark.index + mark[0].length, marks[index + 1]?.index ?? text.length).split(/\r?\n/);
      const where = { file, offset: comment.offset + mark.index };
      if (!isTagName(name)) {
        if (!OTHER_TAGS.includes(name)) {
          problems.warning(
            "spec-unknown-tag",
            where,
            `@${name} means nothing here`,
            "reflexarc reads @unit, @range, @clip, @neutral, @slew and @mirror",
          );
        }
      } else if (tags.has(name)) {
        problems.error("spec-duplicate-tag", where, `@${name} is given twice`, "keep one of them");
      } else {
        tags.set(name, { text: line.trim(), where });
      }
    });
  }
  return { description: descriptions.filter((each) => each !== "").join(" "), tags };
}

function isTagName(name: string): name is TagName {
  return (TAG_NAMES as readonly string[]).includes(name);
}

/** Comments that open with two stars before the node: on lines of their own above it, or before it on its line. */
function documentationComments(documented: Node): readonly { readonly text: string; readonly offset: number }[] {
  const source = documented.getSourceFile().getFullText();
  const sameLine = (ts.getTrailingCommentRanges(source, documented.getPos()) ?? []).filter(
    (range) => !source.slice(range.end, documented.getStart()).includes("\n"),
  );
  return [...sameLine, ...(ts.getLeadingCommentRanges(source, documented.getPos()) ?? [])]
    .map((range) => ({ text: source.slice(range.pos, range.end), offset: range.pos }))
    .filter((comment) => comment.text.startsWith("/**"));
}

/** Says of each tag that `owner` can't have it, and what to do instead. */
export function refuseTags(
  tags: Iterable<readonly [TagName, Tag]>,
  owner: string,
  problems: Problems,
  remedy: (name: TagName) => string = (name) => `write @${name} above the number it belongs to, or remove it`,
): void {
  for (const [name, tag] of tags) problems.error("spec-misplaced-tag", tag.where, `${owner} can't have @${name}`, remedy(name));
}
