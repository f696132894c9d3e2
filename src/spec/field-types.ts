// What a written type means to reflexarc: a type node in, one of the four kinds of field out. Read from the source, not from
// TypeScript's types, which forget the order of a union's labels.

import { Node, ts, type InterfaceDeclaration, type TypeNode } from "ts-morph";
import { MAXIMUM_CHANNELS } from "../artifacts/robot-spec.ts";
import type { Problems } from "./problems.ts";
import { isFromPackage, symbolOf } from "./source-files.ts";

/** A label and where it is written. */
export interface WrittenLabel {
  readonly text: string;
  readonly where: Node;
}

export type FieldType =
  | { readonly kind: "number" }
  | { readonly kind: "vector"; readonly length: number }
  | { readonly kind: "choice"; readonly labels: readonly WrittenLabel[] }
  /** `trail`: the declarations gone through to get here, to notice a type that contains itself. */
  | { readonly kind: "object"; readonly members: readonly Node[]; readonly trail: readonly Node[] };

const FORMS = `number, Vec<N>, a union of labels such as "open" | "closed", or an interface of these`;
const COLLECTIONS = /^(Array|ReadonlyArray|Set|Iterable|\w+Array)$/;

/** Reads types that the fields of one robot.ts have. */
export class FieldTypeReader {
  private readonly problems: Problems;

  constructor(problems: Problems) {
    this.problems = problems;
  }

  /** The kind of field that `type` makes, or null after saying what is wrong with it.
   * @param subject what has this type, for messages: `the field imu.pitch`. */
  read(type: TypeNode, subject: string, trail: readonly Node[] = []): FieldType | null {
    if (Node.isParenthesizedTypeNode(type)) return this.read(type.getTypeNode(), subject, trail);
    if (Node.isTypeReference(type)) return this.readReference(type, subject, trail);
    if (Node.isUnionTypeNode(type)) return this.readUnion(type.getTypeNodes(), type, subject, trail);
    if (Node.isTypeLiteral(type))
      return this.enter(type, subject, type, trail, (inner) => ({ kind: "object", members: type.getMembers(), trail: inner }));
    if (Node.isLiteralTypeNode(type)) {
      const literal = type.getLiteral();
      if (Node.isStringLiteral(literal)) return { kind: "choice", labels: [{ text: literal.getLiteralText(), where: type }] };
      if (Node.isTrueLiteral(literal) || Node.isFalseLiteral(literal)) return this.noBoolean(type, subject);
    }
    if (type.getKind() === ts.SyntaxKind.NumberKeyword) return { kind: "number" };
    if (type.getKind() === ts.SyntaxKind.BooleanKeyword) return this.noBoolean(type, subject);
    return this.unsupported(type, subject);
  }

  /** An interface with what it inherits, base members first; or a type alias; wherever it is declared. */
  readDeclarations(declarations: readonly Node[], where: Node, subject: string, trail: readonly Node[]): FieldType | null {
    const first = declarations[0];
    if (first === undefined) return this.unsupported(where, subject);
    return this.enter(first, subject, where, trail, (inner) => {
      if (Node.isTypeAliasDeclaration(first) && first.getTypeParameters().length === 0) {
        return this.read(first.getTypeNodeOrThrow(), subject, inner);
      }
      const interfaces = declarations.filter(Node.isInterfaceDeclaration);
      if (interfaces.length === 0 || interfaces.some((each) => each.getTypeParameters().length > 0))
        return this.unsupported(where, subject);
      const own = interfaces.flatMap((each) => each.getMembers());
      const inherited = this.readInherited(interfaces, subject, inner);
      if (inherited === null) return null;
      // What two bases share counts once, and not at all where it is written anew.
      const names = new Set(own.filter(Node.isPropertySignature).map((each) => each.getName()));
      const kept = inherited.filter((each) => {
        if (!Node.isPropertySignature(each)) return true;
        const isNew = !names.has(each.getName());
        names.add(each.getName());
        return isNew;
      });
      return { kind: "object", members: [...kept, ...own], trail: inner };
    });
  }

  private readInherited(interfaces: readonly InterfaceDeclaration[], subject: string, trail: readonly Node[]): readonly Node[] | null {
    const members: Node[] = [];
    for (const base of interfaces.flatMap((each) => each.getExtends())) {
      const type =
        base.getTypeArguments().length > 0 ? this.unsupported(base, subject) : this.readSymbol(base.getExpression(), base, subject, trail);
      if (type === null) return null;
      if (type.kind !== "object") return this.unsupported(base, subject);
      members.push(...type.members);
    }
    return members;
  }

  private readReference(
    type: Node & { getTypeName(): Node; getTypeArguments(): TypeNode[] },
    subject: string,
    trail: readonly Node[],
  ): FieldType | null {
    const name = type.getTypeName();
    const typeArguments = type.getTypeArguments();
    if (isFromPackage(symbolOf(name), "Vec")) return this.readVector(type, typeArguments, subject);
    return typeArguments.length > 0 ? this.unsupported(type, subject) : this.readSymbol(name, type, subject, trail);
  }

  private readSymbol(name: Node, where: Node, subject: string, trail: readonly Node[]): FieldType | null {
    return this.readDeclarations(symbolOf(name)?.getDeclarations() ?? [], where, subject, trail);
  }

  private readVector(type: Node, [length]: readonly TypeNode[], subject: string): FieldType | null {
    const literal = length !== undefined && Node.isLiteralTypeNode(length) ? length.getLiteral() : undefined;
    const value = Node.isNumericLiteral(literal) ? literal.getLiteralValue() : NaN;
    if (Number.isInteger(value) && value >= 1 && value <= MAXIMUM_CHANNELS) return { kind: "vector", length: value };
    const hint = `write the number of elements between the brackets, 1 to ${MAXIMUM_CHANNELS}: Vec<24>`;
    this.problems.error(
      "spec-vector-length",
      length ?? type,
      `${subject} is a Vec of unusable length (${length?.getText() ?? "none"})`,
      hint,
    );
    return null;
  }

  private readUnion(types: readonly TypeNode[], union: Node, subject: string, trail: readonly Node[]): FieldType | null {
    const nothing = types.find((each) => /^(undefined|null|void)$/.test(each.getText()));
    if (nothing !== undefined) {
      const hint = `remove "| ${nothing.getText()}"; a reading that can be absent is a label of its own or an extra field`;
      this.problems.error("spec-optional-field", nothing, `${subject} may be ${nothing.getText()}, but every tick sends every field`, hint);
      return null;
    }
    const labels: WrittenLabel[] = [];
    for (const each of types) {
      const part = this.read(each, subject, trail);
      if (part === null) return null;
      if (part.kind !== "choice") {
        const hint = `write only labels, "open" | "closed", or one type alone`;
        this.problems.error("spec-unsupported-type", union, `${subject} mixes types: ${shorten(union.getText())}`, hint);
        return null;
      }
      labels.push(...part.labels);
    }
    return { kind: "choice", labels };
  }

  /** Goes into a declaration unless that is where we come from. */
  private enter(
    declaration: Node,
    subject: string,
    where: Node,
    trail: readonly Node[],
    read: (trail: readonly Node[]) => FieldType | null,
  ): FieldType | null {
    if (!trail.includes(declaration)) return read([...trail, declaration]);
    this.problems.error("spec-recursive-type", where, `the type of ${subject} contains itself`, `break the circle: a field is ${FORMS}`);
    return null;
  }

  private noBoolean(type: Node, subject: string): null {
    const hint = `write two labels that say what they mean, "released" | "pressed", or a number with @range 0 1`;
    this.problems.error("spec-boolean", type, `${subject} is boolean, which leaves its meaning and its place on the wire open`, hint);
    return null;
  }

  private unsupported(type: Node, subject: string): null {
    const text = shorten(type.getText());
    this.problems.error("spec-unsupported-type", type, `${subject} is of type ${text}, which has no form in C`, unsupportedHint(type));
    return null;
  }
}

function unsupportedHint(type: Node): string {
  const name = Node.isTypeReference(type) ? type.getTypeName().getText() : "";
  if (name === "Vec") return `add Vec to the imports: import { defineRobot, mlp, type Vec } from "reflexarc"`;
  if (Node.isTypeOperatorTypeNode(type) || Node.isArrayTypeNode(type) || Node.isTupleTypeNode(type) || COLLECTIONS.test(name)) {
    return "write Vec<N>, with N the fixed number of elements: Vec<3>";
  }
  if (Node.isFunctionTypeNode(type)) return "remove it: a field holds data, not a function";
  if (/^-?\d/.test(type.getText())) return `write labels that say what the numbers mean, "low" | "high", or number with @range`;
  if (type.getKind() === ts.SyntaxKind.StringKeyword) return `list the texts that are possible, as labels: "open" | "closed"`;
  if (Node.isIntersectionTypeNode(type)) return "write an interface that extends the parts: interface Both extends First, Second {}";
  const isUnknown = Node.isTypeReference(type) && (symbolOf(type.getTypeName())?.getDeclarations().length ?? 0) === 0;
  return isUnknown ? `use ${FORMS}; if ${name} is a type of your own, declare or import it` : `use ${FORMS}`;
}

export function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}
