// Bundles src/ into one script, FOLDER/request.js, and writes the licences of its libraries beside
// it. The banner says which versions are inside and of which sources it was made: tests compare.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const folder = process.argv[2];
const lock = JSON.parse(readFileSync(join(here, "package-lock.json"), "utf-8"));
const libraries = Object.entries(lock.packages)
  .filter(([path, one]) => path && !one.dev)
  .map(([path, one]) => ({ path: join(here, path), name: path.replace("node_modules/", ""), ...one }));

const sources = createHash("sha256");
for (const name of readdirSync(join(here, "src")).sort()) {
  sources.update(readFileSync(join(here, "src", name)));
}
const named = libraries.map((one) => `${one.name} ${one.version} (${one.license})`).join(", ");
const digest = sources.digest("hex").slice(0, 16);

await build({
  absWorkingDir: here,
  entryPoints: ["src/main.js"],
  outfile: join(process.cwd(), folder, "request.js"),
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome116", "firefox124", "safari17.4"], // AbortSignal.any
  charset: "utf8",
  legalComments: "none",
  banner: { js: `/*! narthex, sources ${digest}; with ${named}: see request.LICENSES.txt */` },
});

const texts = libraries.map((one) => {
  const file = readdirSync(one.path).find((name) => /^licen[cs]e/i.test(name));
  return `${one.name} ${one.version} (${one.license})\n\n${readFileSync(join(one.path, file), "utf-8").trim()}\n`;
});
writeFileSync(join(folder, "request.LICENSES.txt"), texts.join(`\n${"-".repeat(80)}\n\n`));
