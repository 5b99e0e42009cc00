// SPDX-License-Identifier: Apache-2.0
// The compiler for WebAssembly and the schema compilers of Cap'n Proto and FlatBuffers, unpacked into the cache.
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fetchArchives } from "./archives.mjs";
import { cachedFolder, keyOf, pins, root } from "./places.mjs";
import { ask, run, step } from "./shell.mjs";

// Prebuilt variants of Emscripten's system libraries that are never linked here: 1.3 of 1.7 GB.
const unusedPatterns = ["*/wasm32-emscripten/lto*", "*/wasm32-emscripten/pic*", "*/wasm32-emscripten/libGL-*emu*", "*/wasm32-emscripten/libGL-mt*",
  "*/wasm32-emscripten/libGL-webgl2*", "*/wasm32-emscripten/libGL-ofb*", "*/wasm32-emscripten/libGL-full*", "*/wasm32-emscripten/*san*",
  "*/wasm64-emscripten*", "*/emscripten/docs/*"];
const binaryenTools = ["wasm-opt", "wasm-emscripten-finalize", "wasm-metadce", "wasm-ctor-eval", "wasm-split", "wasm-merge", "wasm2js", "wasm-as", "wasm-dis"];

/** A program of another Debian release, started with that release's own loader and C library. */
function writeWrapper(folder, subfolder, tool) {
  const path = join(folder, subfolder, tool);
  const up = subfolder.split("/").map(() => "..").join("/");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")/${up}
lib=$here/usr/lib/x86_64-linux-gnu
exec "$lib/ld-linux-x86-64.so.2" --library-path "$lib" "$here/usr/bin/${tool}" "$@"
`);
  chmodSync(path, 0o755);
}

/** `emcc` of the PATH, where it is new enough. @returns {{folder: string, version: string} | null} its installation */
function suitableEmcc() {
  const version = ask("emcc", ["-dumpversion"])?.split("-")[0];
  if (!version) return null;
  const number = (text) => text.split(".").reduce((sum, part) => sum * 1000 + Number(part), 0);
  if (number(version) < number(pins.minimumEmcc)) return null;
  const config = ask("em-config", ["EMSCRIPTEN_ROOT"]);
  return config ? { folder: config, version } : null;
}

async function unpackEmscripten(folder, archive) {
  const excluded = unusedPatterns.map((pattern) => `'--exclude=${pattern}'`).join(" ");
  await run("sh", ["-c", `set -e; dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" ${excluded}`, "unpack", archive, folder]);
  const emscripten = join(folder, "usr/share/emscripten");
  cpSync(join(root, "node_modules/acorn"), join(emscripten, "node_modules/acorn"), { recursive: true });
  // Read by Emscripten's Python; the folder is found again after the cache was moved.
  writeFileSync(join(emscripten, ".emscripten"), `import os, sys
here = os.path.dirname(os.path.dirname(os.path.realpath(sys.modules['tools.config'].__file__)))
LLVM_ROOT = '/usr/bin'
BINARYEN_ROOT = os.path.join(here, '..', '..', '..', 'binaryen')
NODE_JS = ${JSON.stringify(process.execPath)}
LLVM_ADD_VERSION = '19'
CLANG_ADD_VERSION = '19'
FROZEN_CACHE = True
`);
  binaryenTools.forEach((tool) => writeWrapper(folder, "binaryen/bin", tool));
}

/**
 * The toolchain's folder: bin/capnp, bin/flatc, emscripten.cmake, and sysroot.txt, which names Emscripten's system headers where clang can
 * compile for it directly.
 */
export async function makeToolchain() {
  const own = suitableEmcc();
  const table = { ...pins.toolchain };
  if (own) ["emscripten", "binaryen"].forEach((name) => delete table[name]);
  const key = keyOf(table, own, readFileSync(new URL(import.meta.url), "utf8"), process.execPath);
  return cachedFolder("toolchain", key, async (folder) => {
    const archives = await fetchArchives(table, { isSource: false });
    await step(own ? `Using emcc ${own.version} from the PATH` : "Unpacking Emscripten (clang for WebAssembly)", async () => {
      for (const name of Object.keys(table)) {
        if (name === "emscripten") await unpackEmscripten(folder, archives[name]);
        else await run("dpkg-deb", ["-x", archives[name], folder]);
      }
      ["capnp", "capnpc-c++", "flatc"].forEach((tool) => writeWrapper(folder, "bin", tool));
      const place = own ? own.folder : "${CMAKE_CURRENT_LIST_DIR}/usr/share/emscripten";
      writeFileSync(join(folder, "emscripten.cmake"), `include(${place}/cmake/Modules/Platform/Emscripten.cmake)\n`);
      if (!own) writeFileSync(join(folder, "sysroot.txt"), "usr/share/emscripten/cache/sysroot");
    });
  });
}
