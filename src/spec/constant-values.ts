// Values that can be known without running robot.ts: an expression in, the literal behind it out. Names are followed to the
// constant they stand for, in this file or an imported one.

import { Node, ts, VariableDeclarationKind, type CallExpression, type Expression, type ObjectLiteralExpression } from "ts-morph";
import type { Problems } from "./problems.ts";
import { isFromPackage, symbolOf } from "./source-files.ts";

/** The expression behind parentheses, `as const`, `satisfies`, and names of constants. */
export function followConstant(expression: Expression, followed: readonly Node[] = []): Expression {
  if (Node.isParenthesizedExpression(expression) || Node.isAsExpression(expression) || Node.isSatisfiesExpression(expression)) {
    return followConstant(expression.getExpression(), followed);
  }
  if (!Node.isIdentifier(expression)) return expression;
  const declaration = symbolOf(expression)?.getDeclarations()[0];
  if (!Node.isVariableDeclaration(declaration) || followed.includes(declaration)) return expression;
  const initializer = declaration.getInitializer();
  const isConstant = declaration.getVariableStatement()?.getDeclarationKind() === VariableDeclarationKind.Const;
  return isConstant && initializer !== undefined ? followConstant(initializer, [...followed, declaration]) : expression;
}

/** A number, or null when it isn't known from the source. */
export function constantNumber(expression: Expression): number | null {
  const value = followConstant(expression);
  if (Node.isNumericLiteral(value)) return value.getLiteralValue();
  if (!Node.isPrefixUnaryExpression(value)) return null;
  const operand = constantNumber(value.getOperand());
  if (operand === null) return null;
  if (value.getOperatorToken() === ts.SyntaxKind.MinusToken) return -operand;
  return value.getOperatorToken() === ts.SyntaxKind.PlusToken ? operand : null;
}

/** A text, or null when it isn't known from the source. */
export function constantText(expression: Expression): string | null {
  const value = followConstant(expression);
  return Node.isStringLiteral(value) || Node.isNoSubstitutionTemplateLiteral(value) ? value.getLiteralText() : null;
}

/** True or false, or null when it isn't known from the source. */
export function constantBoolean(expression: Expression): boolean | null {
  const value = followConstant(expression);
  return Node.isTrueLiteral(value) ? true : Node.isFalseLiteral(value) ? false : null;
}

/** The call of `name` from "reflexarc" that the node stands for. */
export function packageCall(node: Node, name: string): CallExpression | null {
  const value = Node.isExpression(node) ? followConstant(node) : node;
  return Node.isCallExpression(value) && isFromPackage(symbolOf(value.getExpression()), name) ? value : null;
}

/** The expressions behind an object's keys. Keys that aren't `allowed`, repeated ones, and what can't be read go to `problems`. */
export function objectEntries(
  object: ObjectLiteralExpression,
  allowed: readonly string[],
  owner: string,
  problems: Problems,
): ReadonlyMap<string, Expression> {
  const entries = new Map<string, Expression>();
  for (const property of object.getProperties()) {
    if (!Node.isPropertyAssignment(property) && !Node.isShorthandPropertyAssignment(property)) {
      const hint = `write out its keys and values: ${allowed.join(", ")}`;
      problems.error("spec-not-literal", property, `${owner} can't be read without running the file`, hint);
      continue;
    }
    const nameNode = property.getNameNode();
    const name = Node.isStringLiteral(nameNode) ? nameNode.getLiteralText() : nameNode.getText();
    const value = Node.isPropertyAssignment(property) ? property.getInitializerOrThrow() : property.getNameNode();
    if (!allowed.includes(name)) {
      problems.error("spec-unknown-key", nameNode, `${owner} has no "${name}"`, `it takes ${allowed.join(", ")}`);
    } else if (entries.has(name)) {
      problems.error("spec-duplicate-key", nameNode, `"${name}" is given twice`, "remove one of them");
    } else {
      entries.set(name, value);
    }
  }
  return entries;
}
