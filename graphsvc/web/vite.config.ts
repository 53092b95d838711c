import { defineConfig } from "vite";

// Everything is served from /static/ of the service itself: no inlined data addresses, no other host.
export default defineConfig({
  base: "/static/",
  publicDir: false,
  logLevel: "warn",
  build: {
    outDir: "dist",
    emptyOutDir: true,
    manifest: true,
    assetsInlineLimit: 0,
    target: "es2022",
    chunkSizeWarningLimit: 4000,
    rollupOptions: {
      input: { site: "src/site.ts", graphiql: "src/graphiql/main.tsx" },
      onwarn(warning, warn) {
        // "use client" in libraries is a word to server-side renderers, and there is none here.
        if (warning.code !== "MODULE_LEVEL_DIRECTIVE") warn(warning);
      },
    },
  },
  worker: { format: "es" },
});
