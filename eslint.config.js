import tseslint from "typescript-eslint";

const seam = "reach the world through src/io/io.ts: io.clock, io.random, io.timers, io.files, io.threads";
const bannedModules = [
  "node:fs",
  "node:fs/promises",
  "fs",
  "fs/promises",
  "node:worker_threads",
  "node:timers",
  "node:timers/promises",
];

export default tseslint.config(
  { ignores: ["dist/", "build/", "node_modules/", ".tap/", "coverage/"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ["*.js", "*.mjs"] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-unnecessary-condition": ["error", { allowConstantLoopConditions: true }],
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/prefer-promise-reject-errors": [
        "error",
        { allowThrowingUnknown: true, allowThrowingAny: true },
      ],
      "@typescript-eslint/unbound-method": "off",
      "@typescript-eslint/no-extraneous-class": "off",
      eqeqeq: "error",
      "prefer-const": "error",
    },
  },
  {
    files: ["src/**/*.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector: "ThrowStatement > NewExpression[callee.name='Error']",
          message: "throw a VarveError with a code of src/errors.ts (or a ServiceError in src/tables)",
        },
      ],
    },
  },
  {
    // All nondeterminism stands behind src/io/, so that the simulated world decides it.
    files: ["src/**/*.ts"],
    ignores: ["src/io/**", "src/cli/**", "src/server/**", "src/native.ts"],
    rules: {
      "no-restricted-imports": ["error", { paths: bannedModules.map((name) => ({ name, message: seam })) }],
      "no-restricted-globals": [
        "error",
        ...["setTimeout", "setInterval", "setImmediate", "performance"].map((name) => ({ name, message: seam })),
      ],
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "now", message: seam },
        { object: "Math", property: "random", message: seam },
      ],
    },
  },
  {
    files: ["test/**/*.ts", "bench/**/*.ts", "fixtures/**/*.ts"],
    rules: {
      "@typescript-eslint/no-floating-promises": [
        "error",
        { allowForKnownSafePromises: [{ from: "package", name: "PromiseWithSubtest", package: "@tapjs/core" }] },
      ],
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
  { files: ["**/*.mjs", "*.js"], ...tseslint.configs.disableTypeChecked },
);
