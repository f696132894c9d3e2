import tseslint from "typescript-eslint";

export default tseslint.config(
  {
    ignores: [
      "dist/",
      "node_modules/",
      "templates/",
      "demo/",
      ".venv/",
      "eslint.config.js",
      "tests/typescript-hooks.js",
      "tests/types-and-lint.js",
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    // One program for all files: a quarter less to compute than with projectService, which is for editors.
    languageOptions: { parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/explicit-function-return-type": ["error", { allowExpressions: true }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      // Reading outside a typed array gives undefined at run time, which noUncheckedIndexedAccess makes us say; inner loops cast.
      "@typescript-eslint/non-nullable-type-assertion-style": "off",
      eqeqeq: "error",
    },
  },
  // ts-morph's mixins hide their base types from this rule.
  { files: ["src/spec/**"], rules: { "@typescript-eslint/no-unsafe-class-instance-assignment": "off" } },
);
