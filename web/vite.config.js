import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { constants, gzipSync } from "node:zlib";
import { defineConfig } from "vite";

// The server sends what is packed here, instead of packing it for everyone who asks.
const packed = {
  name: "packed",
  writeBundle({ dir }, bundle) {
    for (const name of Object.keys(bundle).filter((name) => /\.(js|css|ttf)$/.test(name))) {
      const file = join(dir, name);
      writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: constants.Z_BEST_COMPRESSION }));
    }
  },
};

// The server gives dist/index.html at /graphql and dist/assets at /explorer/assets.
export default defineConfig({
  base: "/explorer/",
  // Rolldown has pages of warnings about React directives in the packages, none of them for us to act on.
  logLevel: "error",
  // Monaco's workers are files of our own, so the page needs no other host and no inline code.
  worker: { format: "es" },
  plugins: [packed],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
