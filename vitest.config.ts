import { defineConfig } from "vitest/config";

// Worker threads inherit it: those that our sources start are TypeScript, too.
const hooks = new URL("tests/typescript-hooks.js", import.meta.url).href;
const registerHooks = `data:text/javascript,import { register } from "node:module"; register(${JSON.stringify(hooks)});`;

export default defineConfig({
  test: {
    reporters: ["default", "./tests/reporter.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    execArgv: ["--import", registerHooks],
    projects: [
      {
        extends: true,
        test: { name: "source", include: ["src/**/*.test.ts", "tests/**/*.test.ts"], exclude: ["tests/hil/**", "node_modules/**"] },
      },
      // These start the built command line.
      { extends: true, test: { name: "built", include: ["tests/hil/**/*.test.ts"], globalSetup: ["tests/hil/build.ts"] } },
      // No tests: what writes measured figures.
      { extends: true, test: { name: "figures", include: ["tests/bench/figures.run.ts"] } },
    ],
  },
});
