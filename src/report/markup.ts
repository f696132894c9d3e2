// In: names, attributes, text. Out: markup that is well formed both as HTML and as XML. Text can only get in through here, so
// all of it is escaped.

/** Markup that is ready to be put on a page. */
export interface Markup {
  readonly markup: string;
}

/** A plain string is text and gets escaped. */
export type Child = Markup | string;

/** Numbers are coordinates: they are rounded to a tenth, which no eye can tell. */
export type Attributes = Readonly<Record<string, string | number>>;

/** `<name attributes>children</name>`; the closing tag is always written, as HTML wants for `td` and XML for `rect`. */
export function element(name: string, attributes: Attributes, ...children: readonly Child[]): Markup {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escapeText(typeof value === "number" ? coordinate(value) : value)}"`,
  );
  return { markup: `<${name}${written.join("")}>${join(children).markup}</${name}>` };
}

export function join(children: readonly Child[], separator = ""): Markup {
  return { markup: children.map((child) => (typeof child === "string" ? escapeText(child) : child.markup)).join(separator) };
}

/** Text as HTML and XML carry it. Control characters, which XML has no way to write, become U+FFFD. */
export function escapeText(text: string): string {
  return text.replace(CONTROL_CHARACTERS, "\ufffd").replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** What XML 1.0 has no way to write, and DEL. */
const CONTROL_CHARACTERS = new RegExp("[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f\\ufffe\\uffff]", "g");

/** At most one decimal, never "-0". */
export function coordinate(value: number): string {
  return String(Math.round(value * 10) / 10 + 0);
}
