// The doc comment of a property: its source in, description and tags with their places out. Read here rather than by TypeScript,
// which overlooks a comment on the same line as the property before it.

import { ts, type Node } from "ts-morph";
import type { Position, Problems } from "./problems.ts";

export interface Tag {
  /** What stands behind the tag, up to the next one or the end of the line. */
  readonly text: string;
  readonly where: Position;
}

export const TAG_NAMES = ["unit", "range", "clip"] as const;
export type TagName = (typeof TAG_NAMES)[number];

export interface Documentation {
  /** On one line; empty when there is none. */
  readonly description: string;
  readonly tags: ReadonlyMap<TagName, Tag>;
}

/** Tags that JSDoc itself knows and that say nothing to reflexarc. */
const OTHER_TAGS = ["author", "default", "deprecated", "example", "internal", "note", "remarks", "see", "since", "todo", "type"];

/** The documentation of a property; unknown and repeated tags go to `problems`. */
export function readDocumentation(property: Node, problems: Problems): Documentation {
  const file = property.getSourceFile();
  const tags = new Map<TagName, Tag>();
  const descriptions: string[] = [];
  for (const comment of documentationComments(property)) {
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
          problems.warning("spec-unknown-tag", where, `@${name} means nothing here`, "reflexarc reads @unit, @range and @clip");
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

/** Comments that open with two stars before the property: on lines of their own above it, or before it on its line. */
function documentationComments(property: Node): readonly { readonly text: string; readonly offset: number }[] {
  const source = property.getSourceFile().getFullText();
  const sameLine = (ts.getTrailingCommentRanges(source, property.getPos()) ?? []).filter(
    (range) => !source.slice(range.end, property.getStart()).includes("\n"),
  );
  return [...sameLine, ...(ts.getLeadingCommentRanges(source, property.getPos()) ?? [])]
    .map((range) => ({ text: source.slice(range.pos, range.end), offset: range.pos }))
    .filter((comment) => comment.text.startsWith("/**"));
}
