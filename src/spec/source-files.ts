// robot.ts and the files it imports, parsed: a way to read text by path in, ts-morph source files out. The project lives in
// memory; "reflexarc" resolves to a declaration that is written here, so that no node_modules is needed.

import { Node, Project, type ExportDeclaration, type ImportDeclaration, type SourceFile, type Symbol as NamedSymbol } from "ts-morph";
import { errorDiagnostic } from "../core/diagnostic.ts";
import type { Problems } from "./problems.ts";

export type ReadSource = (path: string) => string | undefined;

const PACKAGE = "reflexarc";
const PACKAGE_FILE = "/reflexarc.d.ts";

/** Only the names matter; src/spec/api.ts has the types that an editor sees. */
const PACKAGE_DECLARATION = `
export type Vec<Count extends number> = readonly number[];
export interface RobotDefinition {}
export interface PolicyOptions {}
export interface MlpOptions {}
export interface TemporalOptions {}
export interface VisionOptions {}
export interface GruOptions {}
export declare function defineRobot(definition: unknown): unknown;
export declare function mlp(hidden: unknown, options?: unknown): unknown;
export declare function temporal(options: unknown): unknown;
export declare function vision(options: unknown): unknown;
export declare function gru(units: unknown, options?: unknown): unknown;
export declare function plain(): unknown;
export declare function gaussian(): unknown;
export declare function mixture(bins: unknown): unknown;
`;

/** Parses `entryPath` and, from it, every relative import. Files without a syntax error only; null when anything is missing
 * or does not parse, with the reasons in `problems`. */
export function loadSources(entryPath: string, readSource: ReadSource, problems: Problems): SourceFile | null {
  const resolved = new Map<string, string>([[PACKAGE, PACKAGE_FILE]]);
  const resolveModuleNames = (specifiers: string[], importer: string): ({ resolvedFileName: string; extension: string } | undefined)[] =>
    specifiers.map((specifier) => {
      const fileName = resolved.get(specifier) ?? resolved.get(importKey(importer, specifier));
      return fileName === undefined ? undefined : { resolvedFileName: fileName, extension: fileName === PACKAGE_FILE ? ".d.ts" : ".ts" };
    });
  const project = new Project({
    useInMemoryFileSystem: true,
    // Global types (Date, Array, ...) have no C form, so that leaving them out loses nothing and saves half the time.
    skipLoadingLibFiles: true,
    compilerOptions: { noLib: true, types: [], allowImportingTsExtensions: true },
    resolutionHost: () => ({ resolveModuleNames }),
  });
  project.createSourceFile(PACKAGE_FILE, PACKAGE_DECLARATION);

  const loaded = new Map<string, SourceFile>();
  const load = (path: string): SourceFile | undefined => {
    const known = loaded.get(path);
    if (known !== undefined) return known;
    const text = readSource(path);
    if (text === undefined) return undefined;
    // Numbered folders instead of the user's: an import may climb above the folder that the user started in.
    const file = project.createSourceFile(`/${loaded.size}/${path.replace(/^.*[\\/]/, "")}`, text);
    loaded.set(path, file);
    problems.name(file, path);
    for (const declaration of [...file.getImportDeclarations(), ...file.getExportDeclarations()]) loadImport(path, file, declaration);
    return file;
  };
  const loadImport = (path: string, file: SourceFile, declaration: ImportDeclaration | ExportDeclaration): void => {
    const specifier = declaration.getModuleSpecifierValue();
    if (specifier === undefined || !/^\.\.?\//.test(specifier)) return;
    const candidates = importCandidates(joinPath(path, specifier));
    const imported = candidates.map(load).find((each) => each !== undefined);
    if (imported !== undefined) {
      resolved.set(importKey(file.getFilePath(), specifier), imported.getFilePath());
    } else {
      const hint = `create ${candidates[0] ?? specifier}, or correct the path`;
      problems.error("spec-missing-import", declaration.getModuleSpecifier() ?? declaration, `there is no file "${specifier}"`, hint);
    }
  };

  const entry = load(entryPath);
  if (entry === undefined) {
    const hint = "run reflexarc in a robot project's folder, or make one: reflexarc init my-robot --template wall-follower";
    problems.add(errorDiagnostic("spec-missing-file", `there is no ${entryPath}`, hint, { file: entryPath }));
    return null;
  }
  for (const file of loaded.values()) reportSyntaxErrors(project, file, problems);
  return problems.errors().length === 0 ? entry : null;
}

function reportSyntaxErrors(project: Project, file: SourceFile, problems: Problems): void {
  for (const diagnostic of project.getProgram().getSyntacticDiagnostics(file)) {
    const message = diagnostic.getMessageText();
    const text = typeof message === "string" ? message : message.getMessageText();
    const hint = "correct the TypeScript here, or a little above; an editor underlines the place";
    problems.error("spec-syntax", { file, offset: diagnostic.getStart() }, `this does not parse: ${text.replace(/\.$/, "")}`, hint);
  }
}

/** Whether the symbol is what "reflexarc" exports under `name`. */
export function isFromPackage(symbol: NamedSymbol | undefined, name: string): boolean {
  return symbol?.getName() === name && symbol.getDeclarations().some((each) => each.getSourceFile().getFilePath() === PACKAGE_FILE);
}

/** The symbol that a name stands for, imports followed to where it is declared. */
export function symbolOf(node: Node): NamedSymbol | undefined {
  const parent = node.getParent();
  const symbol = Node.isShorthandPropertyAssignment(parent) ? parent.getValueSymbol() : node.getSymbol();
  return symbol?.getAliasedSymbol() ?? symbol;
}

function importKey(importer: string, specifier: string): string {
  return `${importer}\n${specifier}`;
}

/** `specifier` seen from the file `importer`; "/" and "\" both separate, ".." may climb out of a relative path. */
function joinPath(importer: string, specifier: string): string {
  const segments = importer.split(/[\\/]/).slice(0, -1);
  for (const segment of specifier.split("/")) {
    const last = segments.at(-1);
    if (segment === "." || segment === "") continue;
    if (segment === ".." && last !== undefined && last !== ".." && last !== "." && last !== "") segments.pop();
    else if (segment === ".." && last === ".") segments.splice(-1, 1, "..");
    else segments.push(segment);
  }
  return segments.join("/");
}

/** Files that an import of `path` may mean, the likeliest first. */
function importCandidates(path: string): readonly string[] {
  if (/\.ts$/.test(path)) return [path];
  if (/\.js$/.test(path)) return [path.replace(/\.js$/, ".ts")];
  return [`${path}.ts`, `${path}/index.ts`];
}
