// An interface of robot.ts flattened: a type node in, fields in wire order out. Nested interfaces become paths.

import { Node, type PropertySignature } from "ts-morph";
import { MAXIMUM_CHANNELS, type Field } from "../artifacts/robot-spec.ts";
import { readDocumentation, refuseTags, type Documentation, type Tag, type TagName } from "./documentation.ts";
import { shorten, type FieldType, type FieldTypeReader } from "./field-types.ts";
import { readIntervals } from "./intervals.ts";
import { checkLabels, MAXIMUM_LABELS } from "./labels.ts";
import type { ReadLimits } from "./limits.ts";
import { checkSwaps, readFieldMirror } from "./mirror.ts";
import { checkFieldName, identityKey } from "./names.ts";
import type { Problems } from "./problems.ts";

/** More that share unit and range are a Vec. */
const MAXIMUM_FIELDS = 1024;

type ObjectType = Extract<FieldType, { readonly kind: "object" }>;

/** Reads the fields of one interface, `Observation` or `Action`. */
export class FieldCollector {
  private readonly fields: Field[] = [];
  private readonly mirrors = new Map<Field, Tag>();
  private readonly names = new Map<string, string>();
  private channels = 0;
  private readonly root: string;
  private readonly types: FieldTypeReader;
  private readonly readLimits: ReadLimits;
  private readonly problems: Problems;

  constructor(root: string, types: FieldTypeReader, readLimits: ReadLimits, problems: Problems) {
    this.root = root;
    this.types = types;
    this.readLimits = readLimits;
    this.problems = problems;
  }

  /** All fields of `type`; mistakes, and with them missing fields, go to the problems. */
  collect(type: ObjectType, where: Node): readonly Field[] {
    this.visit(type, [], where);
    if (this.isTooMuch()) {
      const many = this.channels > MAXIMUM_CHANNELS ? `${MAXIMUM_CHANNELS} numbers` : `${MAXIMUM_FIELDS} fields`;
      const hint = "leave out what the policy doesn't need, or reduce it on the board before it is sent";
      this.problems.error("spec-too-many-channels", where, `${this.root} has more than ${many}`, hint);
    }
    checkSwaps(this.root, this.fields, this.mirrors, this.problems);
    return this.fields;
  }

  private isTooMuch(): boolean {
    return this.channels > MAXIMUM_CHANNELS || this.names.size > MAXIMUM_FIELDS;
  }

  private visit(type: ObjectType, path: readonly string[], where: Node): void {
    if (type.members.length === 0) {
      const name = path.length === 0 ? this.root : path.join(".");
      this.problems.error("spec-empty-interface", where, `${name} has no fields`, "give it at least one: /** @range 0 5 */ front: number;");
    }
    for (const member of type.members) {
      // Interfaces of interfaces multiply: stop once it is too much, before it takes forever.
      if (this.isTooMuch()) return;
      if (Node.isPropertySignature(member)) this.visitProperty(member, path, type.trail);
      else this.unsupportedMember(member);
    }
  }

  private visitProperty(property: PropertySignature, parents: readonly string[], trail: readonly Node[]): void {
    const nameNode = property.getNameNode();
    const name = Node.isStringLiteral(nameNode) ? nameNode.getLiteralText() : nameNode.getText();
    const path = [...parents, name];
    const label = path.join(".");
    checkFieldName(name, nameNode, this.problems);
    this.claimName(path, nameNode);
    if (property.hasQuestionToken()) {
      const hint = `remove the "?"; a reading that can be absent is a label of its own or an extra field`;
      this.problems.error("spec-optional-field", nameNode, `${label} is optional, but every tick sends every field`, hint);
    }
    const typeNode = property.getTypeNode();
    if (typeNode === undefined) {
      this.problems.error("spec-unsupported-type", nameNode, `${label} has no type`, `write one behind it: ${name}: number`);
      return;
    }
    const documentation = readDocumentation(property, this.problems);
    const type = this.types.read(typeNode, label, trail);
    if (type === null) return;
    switch (type.kind) {
      case "number":
      case "vector": {
        const length = type.kind === "vector" ? type.length : null;
        this.channels += length ?? 1;
        const unit = this.readUnit(documentation);
        const intervals = readIntervals(label, nameNode, documentation, this.problems);
        if (intervals === null) return;
        const mirror = readFieldMirror({ path, length, ...intervals }, documentation, this.problems);
        const { description } = documentation;
        const field = this.readLimits(
          { kind: "number", path, length, ...intervals, unit, mirror, description },
          documentation,
          this.problems,
        );
        const tag = documentation.tags.get("mirror");
        if (tag !== undefined) this.mirrors.set(field, tag);
        this.fields.push(field);
        return;
      }
      case "choice": {
        this.channels += 1;
        refuseTags(documentation.tags, `${label}, a choice of labels,`, this.problems, choiceRemedy);
        const labels = checkLabels(type.labels, label, nameNode, MAXIMUM_LABELS, this.problems);
        this.fields.push({ kind: "choice", path, labels, description: documentation.description });
        return;
      }
      case "object":
        refuseTags(documentation.tags, `${label}, an interface,`, this.problems);
        this.visit(type, path, nameNode);
    }
  }

  /** Two paths that would be one name in C or one column of a recording. */
  private claimName(path: readonly string[], where: Node): void {
    const name = path.join(".");
    const key = identityKey(name);
    const twin = this.names.get(key);
    this.names.set(key, name);
    if (twin === name) {
      this.problems.error("spec-duplicate-field", where, `${name} is given twice`, "remove or rename one of them");
    } else if (twin !== undefined) {
      const hint = "give one of them another name; case, underscores and dots don't tell names apart";
      this.problems.error("spec-similar-fields", where, `${twin} and ${name} would be the same name in C`, hint);
    }
  }

  private readUnit({ tags }: Documentation): string {
    const tag = tags.get("unit");
    if (tag?.text === "")
      this.problems.error("spec-empty-unit", tag.where, "@unit says nothing", "write the unit behind it, @unit m/s, or remove the tag");
    return tag?.text ?? "";
  }

  private unsupportedMember(member: Node): void {
    const hint = "remove it: write only properties, name: type";
    this.problems.error("spec-unsupported-member", member, `${shorten(member.getText())} is no field of data`, hint);
  }
}

function choiceRemedy(tag: TagName): string {
  return tag === "mirror"
    ? "remove it: a choice stays as it is in the mirror; what changes sides is a number of @range 0 1 on each side, with @mirror swap"
    : `write @${tag} above the number it belongs to, or remove it`;
}
