// Names that become C: what a field, a label and a robot may be called. A node and its text in, mistakes into problems.

import type { Node } from "ts-morph";
import type { Problems } from "./problems.ts";

/** Generated headers are compiled as C and, in Arduino sketches, as C++. ISO C11 6.4.1, ISO C++20 [lex.key]. */
const KEYWORDS = new Set(
  `alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class compl concept const
  const_cast consteval constexpr constinit continue co_await co_return co_yield decltype default delete do double dynamic_cast else
  enum explicit export extern false float for friend goto if inline int long mutable namespace new noexcept not not_eq nullptr
  operator or or_eq private protected public register reinterpret_cast requires restrict return short signed sizeof static
  static_assert static_cast struct switch template this thread_local throw true try typedef typeid typename union unsigned using
  virtual void volatile wchar_t while xor xor_eq`.split(/\s+/),
);

/** Says so when `name` can't be a member of a C struct. */
export function checkFieldName(name: string, where: Node, problems: Problems): void {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) {
    const camel = camelCase(name);
    const hint = `use a letter, then letters, digits and underscores${camel === "" ? "" : `, such as ${camel}`}`;
    problems.error("spec-field-name", where, `"${name}" can't be the name of a field in C`, hint);
  } else if (KEYWORDS.has(name)) {
    const hint = `call the field something else, such as ${name}Value`;
    problems.error("spec-reserved-name", where, `"${name}" is a keyword of C or C++`, hint);
  }
}

/** Kebab-case: `wall-follower-4`. */
export function isKebabCase(name: string): boolean {
  return /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name);
}

export function kebabCase(name: string): string {
  return words(name).join("-").toLowerCase();
}

/** Two names with the same key could not be told apart as C identifiers: `turn-left`, `turnLeft` and `TURN_LEFT`. */
export function identityKey(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, "").toLowerCase();
}

function camelCase(name: string): string {
  return words(name)
    .map((word, index) => (index === 0 ? word.toLowerCase() : word.charAt(0).toUpperCase() + word.slice(1)))
    .join("");
}

/** The words of a name in any spelling, from its first letter on. */
function words(name: string): readonly string[] {
  return (
    name
      .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
      .replace(/^[^A-Za-z]+/, "")
      .match(/[A-Za-z0-9]+/g) ?? []
  );
}
