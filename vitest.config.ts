import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import LongestFirst from "./tests/longest-first.ts";

// Worker threads inherit it: those that our sources start are TypeScript, too.
const hooks = new URL("tests/typescript-hooks.js", import.meta.url).href;
const registerHooks = `data:text/javascript,import { register } from "node:module"; register(${JSON.stringify(hooks)});`;

/** Tests that change what all of a process sees (PATH, environment, modules), or look at what it leaves behind: each file has a process of
 * its own. */
const APART = ["src/host/**/*.test.ts", "src/train/engines/load.test.ts", "tests/conformance/framework-builders.test.ts"];

export default defineConfig({
  test: {
    reporters: ["default", "./tests/reporter.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // One more than the cores of the smallest machine that we run on: some tests wait for boards in real time.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // Compiled objects are shared by the files of a run, and gone with the packages.
    env: { XDG_CACHE_HOME: fileURLToPath(new URL("node_modules/.cache", import.meta.url)) },
    execArgv: ["--import", registerHooks],
    projects: [
      {
        extends: true,
        test: {
          name: "source",
          include: ["src/**/*.test.ts", "tests/**/*.test.ts"],
          exclude: ["tests/hil/**", "node_modules/**", ...APART],
          globalSetup: ["tests/training-engine.ts"],
          // A worker loads each module once, not once a file: half of what the unit tests took of the processor.
          isolate: false,
        },
      },
      { extends: true, test: { name: "apart", include: APART, globalSetup: ["tests/training-engine.ts"] } },
      // These start the built command line.
      { extends: true, test: { name: "built", include: ["tests/hil/**/*.test.ts"], globalSetup: ["tests/hil/build.ts"] } },
      // No tests: what writes measured figures.
      { extends: true, test: { name: "figures", include: ["tests/bench/figures.run.ts"] } },
    ],
  },
});
