import { svelte } from "@sveltejs/vite-plugin-svelte";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { mockPicture } from "./src/mock/picture-server.ts";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  plugins: [svelte(), mockPicture()],
  resolve: {
    alias: { $lib: at("src/lib"), $text: at("src/text/index.svelte.ts"), $shared: at("src/shared"), $desk: at("src/features/desk/parts"), $sources: at("src/features/sources") },
    ...(process.env["VITEST"] ? { conditions: ["browser"] } : {}),
  },
  build: {
    target: "safari16",
    // Everything stays a file of its own: the pages' policy allows nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { index: at("index.html"), panel: at("panel.html"), viewer: at("viewer.html") } },
  },
  worker: { format: "es" },
  test: { environment: "jsdom", include: ["src/**/*.test.ts"] },
});
