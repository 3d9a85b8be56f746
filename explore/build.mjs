// Builds sweep/explorer/static/explore.js; with --check only says whether the committed file is what would be built.
import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";

const OUT = new URL("../sweep/explorer/static/explore.js", import.meta.url);
const MOST = 1 << 20;
const result = await build({
  absWorkingDir: new URL(".", import.meta.url).pathname,
  entryPoints: ["src/main.js"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none", // NOTICE has the licences
  alias: { "@duckdb/duckdb-wasm": "./src/no_wasm.js" },
  write: false,
});
const built = result.outputFiles[0].contents;
if (built.length >= MOST) throw new Error(`the bundle has ${built.length} bytes, at most ${MOST} are wanted`);
if (process.argv.includes("--check")) {
  if (!readFileSync(OUT).equals(built)) {
    console.error("sweep/explorer/static/explore.js is not what explore/ builds: cd explore && npm ci && npm run build");
    process.exit(1);
  }
} else {
  writeFileSync(OUT, built);
}
console.log(`${built.length} bytes`);
