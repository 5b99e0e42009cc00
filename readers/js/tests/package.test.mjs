// SPDX-License-Identifier: Apache-2.0
// The package as others get it: what it exports, what is in it, and that the README's example is right TypeScript.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const folder = join(dirname(fileURLToPath(import.meta.url)), "..");

test("it is imported by its name, and exports what the README uses", async () => {
  const reader = await import("pith-reader");
  assert.equal(typeof reader.openContainer, "function");
  assert.ok(new reader.PithError("readFailed", "x") instanceof Error);
});

test("it depends on nothing, and no module of it has effects or imports from elsewhere", () => {
  const { dependencies, sideEffects } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  assert.equal(dependencies, undefined);
  assert.equal(sideEffects, false);
  const listed = JSON.parse(execFileSync("npm", ["pack", "--dry-run", "--json"], { cwd: folder, encoding: "utf8" }))[0].files.map(({ path }) => path);
  const modules = listed.filter((path) => path.endsWith(".js"));
  assert.ok(modules.length > 20);
  assert.ok(listed.every((path) => /^(dist\/.*\.(js|d\.ts)|README\.md|package\.json)$/.test(path)), listed.join(" "));
  for (const path of modules) {
    for (const [, from] of readFileSync(join(folder, path), "utf8").matchAll(/(?:from|import) "([^"]+)"/g)) assert.match(from, /^\.\.?\//, path);
  }
});

test("the README's example compiles under strict rules", (t) => {
  const example = /```ts\n([^]*?)```/.exec(readFileSync(join(folder, "README.md"), "utf8"))[1];
  const place = mkdtempSync(join(tmpdir(), "pith-reader-"));
  t.after(() => rmSync(place, { recursive: true, force: true }));
  mkdirSync(join(place, "node_modules"));
  symlinkSync(folder, join(place, "node_modules/pith-reader"));
  writeFileSync(join(place, "package.json"), '{"type": "module"}');
  writeFileSync(join(place, "example.ts"), `declare const file: Blob;\n${example}`);
  const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  const options = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom"];
  execFileSync(process.execPath, [compiler, ...options, "example.ts"], { cwd: place, stdio: "pipe" });
});
