// SPDX-License-Identifier: Apache-2.0
// Makes a fresh machine ready to build: `npm run setup`, and the first step of `npm start` and `npm test`.
import { lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildLibraries, unpackSources } from "./libraries.mjs";
import { installNpmPackages, installSystemPackages } from "./packages.mjs";
import { dependencies } from "./places.mjs";
import { SetupError, runMain } from "./shell.mjs";
import { makeToolchain } from "./toolchain.mjs";

function link(name, target) {
  const path = join(dependencies, name);
  mkdirSync(dependencies, { recursive: true });
  if (lstatSync(path, { throwIfNoEntry: false })) {
    if (lstatSync(path).isSymbolicLink() && readlinkSync(path) === target) return;
    rmSync(path, { recursive: true });
  }
  symlinkSync(target, path);
}

/** @param {{tests: boolean}} options  whether what only the tests need is wanted too */
export async function setUp({ tests }) {
  // What the bundler asks for.
  const [major, minor] = process.versions.node.split(".").map(Number);
  const isSuitable = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (!isSuitable) throw new SetupError(`Node ${process.versions.node} is too old; Node 20.19, 22.12 or newer is needed`);
  await installSystemPackages("build");
  if (tests) await installSystemPackages("test");
  await installNpmPackages();
  const toolchain = await makeToolchain();
  const sources = await unpackSources();
  const native = await buildLibraries("native", sources, toolchain);
  const wasm = await buildLibraries("wasm", sources, toolchain);
  link("toolchain", toolchain);
  link("sources", sources);
  link("native", native);
  link("wasm", wasm);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) runMain(() => setUp({ tests: process.argv.includes("--tests") }));
