// The import tiers: shared <- text, lib <- features <- views <- the three entries. Features don't know each other;
// what both sides of the desk show is in $desk, and what can be shown is in $sources.
import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import tseslint from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

const tauri = { group: ["@tauri-apps/*"], message: "Only lib/backend.ts speaks to the shell." };
const bindings = {
  group: ["$lib/bindings", "**/lib/bindings"],
  allowTypeImports: true,
  message: "Only lib/backend.ts calls commands; everybody else asks it.",
};
const mock = { group: ["**/mock/*", "**/mock"], message: "The mock is for lib/backend.ts in dev builds." };
const restrict = (...patterns) => ({ "@typescript-eslint/no-restricted-imports": ["error", { patterns }] });

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/lib/bindings.ts"] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  ...svelte.configs.recommended,
  { languageOptions: { globals: globals.browser } },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: tseslint.parser, extraFileExtensions: [".svelte"], svelteConfig } },
  },
  { rules: { "no-undef": "off", eqeqeq: "error" } },
  { files: ["src/**"], rules: restrict(tauri, bindings, mock) },
  { files: ["src/lib/backend.ts"], rules: restrict() },
  { files: ["src/mock/**", "src/**/*.test.ts"], rules: restrict(tauri, bindings) },
  {
    files: ["src/shared/**"],
    rules: restrict(tauri, mock, {
      group: ["$lib/*", "$text", "**/features/**", "**/views/**", "**/lib/**", "**/text/**"],
      message: "What is shared knows no domain.",
    }),
  },
  {
    files: ["src/features/**"],
    ignores: ["src/**/*.test.ts"],
    rules: restrict(tauri, bindings, mock, {
      regex: "^\\.\\./",
      message: "A feature knows its own folder, $lib, $text, $shared, $desk and $sources; views join features.",
    }),
  },
);
