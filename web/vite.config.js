import { defineConfig } from "vite";

// The server gives dist/index.html at /graphql and dist/assets at /explorer/assets.
export default defineConfig({
  base: "/explorer/",
  // Rolldown has pages of warnings about React directives in the packages, none of them for us to act on.
  logLevel: "error",
  // Monaco's workers are files of our own, so the page needs no other host and no inline code.
  worker: { format: "es" },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
