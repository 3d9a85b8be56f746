// Builds the script of the page and the licences of what is in it; with --check only says whether the committed files
// are what would be built.
import { build } from "esbuild";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";

const HERE = new URL(".", import.meta.url);
const OUT = new URL("../sweep/explorer/static/", HERE);
const MOST = 1 << 20;

const result = await build({
  absWorkingDir: HERE.pathname,
  entryPoints: ["src/main.js"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none", // they are in LICENSES.txt
  alias: { "@duckdb/duckdb-wasm": "./src/no_wasm.js" },
  write: false,
  metafile: true,
});
const script = result.outputFiles[0].contents;
if (script.length >= MOST) throw new Error(`the script has ${script.length} bytes, at most ${MOST} are wanted`);

const packages = new Set(Object.keys(result.metafile.inputs).flatMap((file) => file.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? []));
const texts = new Map();
for (const name of [...packages].sort()) {
  const folder = new URL(`node_modules/${name}/`, HERE);
  const { version, license } = JSON.parse(readFileSync(new URL("package.json", folder)));
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  if (!file) throw new Error(`${name}: has no licence`);
  const text = readFileSync(new URL(file, folder), "utf8").trim().replaceAll("\r", "");
  texts.set(text, [...(texts.get(text) ?? []), `${name} ${version} (${license})`]);
}
const licences = `explore.js contains these packages, each under its licence.\n\n${[...texts].map(([text, names]) => `${"=".repeat(100)}\n${names.join("\n")}\n\n${text}\n`).join("\n")}`;

for (const [name, content] of [["explore.js", Buffer.from(script)], ["LICENSES.txt", Buffer.from(licences)]]) {
  if (!process.argv.includes("--check")) writeFileSync(new URL(name, OUT), content);
  else if (!readFileSync(new URL(name, OUT)).equals(content)) {
    console.error(`sweep/explorer/static/${name} is not what explore/ builds: cd explore && npm ci && npm run build`);
    process.exit(1);
  }
}
console.log(`explore.js: ${script.length} bytes of ${packages.size} packages`);
