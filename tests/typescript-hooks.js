// Lets worker threads and child processes of tests run TypeScript as it is, on a Node that can't strip types by itself: vitest
// does so only for the modules that it loads itself. vitest.config.ts registers it. What was stripped is kept beside the
// packages, by the hash of its text.

import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const cache = new URL("../node_modules/.cache/reflexarc-typescript/", import.meta.url);

/** A load hook of Node's, see node:module. */
export async function load(url, context, nextLoad) {
  if (!url.startsWith("file:") || !url.endsWith(".ts") || url.includes("/node_modules/")) return nextLoad(url, context);
  const text = readFileSync(fileURLToPath(url), "utf8");
  const kept = new URL(`${createHash("sha256").update(text).digest("hex")}.js`, cache);
  if (!existsSync(kept)) {
    const { default: typescript } = await import("typescript");
    const { ESNext: module, ES2022: target } = { ...typescript.ModuleKind, ...typescript.ScriptTarget };
    const { outputText } = typescript.transpileModule(text, { compilerOptions: { module, target, verbatimModuleSyntax: true } });
    mkdirSync(cache, { recursive: true });
    const unfinished = new URL(`${kept.href}.${randomUUID()}`);
    writeFileSync(unfinished, outputText);
    renameSync(unfinished, kept);
  }
  return { format: "module", source: readFileSync(kept, "utf8"), shortCircuit: true };
}
