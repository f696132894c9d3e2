// JSON that nobody has checked in, values of the type that a reader asks for out; everything else is a diagnostic that names the place.

import { EXPORT_AGAIN, modelProblem } from "./problem.ts";

/** A value of a JSON document, and where it stands, for messages. */
export class Json {
  readonly value: unknown;
  readonly path: string;

  constructor(value: unknown, path: string) {
    this.value = value;
    this.path = path;
  }

  /** A member of an object; absent where it is missing or null. @throws DiagnosticError when this is no object. */
  get(key: string): Json {
    if (!isObject(this.value)) throw this.problem("an object");
    return new Json(Object.hasOwn(this.value, key) ? this.value[key] : undefined, `${this.path}.${key}`);
  }

  /** Another value in the same place. */
  with(value: unknown): Json {
    return new Json(value, this.path);
  }

  get isAbsent(): boolean {
    return this.value === undefined || this.value === null;
  }

  get isObject(): boolean {
    return isObject(this.value);
  }

  get isList(): boolean {
    return Array.isArray(this.value);
  }

  /** The elements of a list. */
  list(): readonly Json[] {
    if (!Array.isArray(this.value)) throw this.problem("a list");
    return this.value.map((each: unknown, index) => new Json(each, `${this.path}[${index}]`));
  }

  text(fallback?: string): string {
    if (typeof this.value === "string") return this.value;
    if (this.isAbsent && fallback !== undefined) return fallback;
    throw this.problem("a text");
  }

  number(fallback?: number): number {
    if (typeof this.value === "number" && Number.isFinite(this.value)) return this.value;
    if (this.isAbsent && fallback !== undefined) return fallback;
    throw this.problem("a number");
  }

  /** A whole number, which protocol buffers write as text. */
  whole(fallback?: number): number {
    const value = typeof this.value === "string" && /^-?\d{1,15}$/.test(this.value) ? Number(this.value) : this.number(fallback);
    if (!Number.isInteger(value)) throw this.problem("a whole number");
    return value;
  }

  flag(fallback?: boolean): boolean {
    if (typeof this.value === "boolean") return this.value;
    if (this.isAbsent && fallback !== undefined) return fallback;
    throw this.problem("true or false");
  }

  /** Sizes, of which null and -1 are open. */
  sizes(): readonly (number | null)[] {
    return this.list().map((each) => (each.isAbsent || each.value === -1 || each.value === "-1" ? null : each.whole()));
  }

  problem(expected: string): Error {
    return modelProblem("model-malformed", `${this.path} is not ${expected}`, EXPORT_AGAIN);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
