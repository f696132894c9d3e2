import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    reporters: ["default", "./tests/reporter.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: "source", include: ["src/**/*.test.ts", "tests/**/*.test.ts"], exclude: ["tests/hil/**", "node_modules/**"] },
      },
      // These start the built command line.
      { extends: true, test: { name: "built", include: ["tests/hil/**/*.test.ts"], globalSetup: ["tests/hil/build.ts"] } },
    ],
  },
});
