// SPDX-License-Identifier: Apache-2.0
// The linked libraries: unpacked sources, and one prefix for each toolchain, built by cmake/third_party.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { fetchArchives } from "./archives.mjs";
import { cache, cachedFolder, contentHash, keyOf, pins, root } from "./places.mjs";
import { ask, run, step } from "./shell.mjs";

const recipes = join(root, "cmake/third_party");

/** A folder with one subfolder for each library's sources. */
export async function unpackSources() {
  return cachedFolder("sources", keyOf(pins.sources), async (folder) => {
    const archives = await fetchArchives(pins.sources, { isSource: true });
    await step("Unpacking the libraries' sources", async () => {
      for (const [name, pin] of Object.entries(pins.sources)) {
        mkdirSync(join(folder, name));
        await run("tar", ["-xf", archives[name], "-C", join(folder, name), `--strip-components=${pin.strip}`]);
      }
    });
  });
}

/** The toolchain's arguments to CMake. */
function toolchainArguments(target, toolchain) {
  if (target === "native") return ["-DCMAKE_C_COMPILER=clang-19", "-DCMAKE_CXX_COMPILER=clang++-19"];
  const sysroot = join(toolchain, "sysroot.txt");
  if (!existsSync(sysroot)) {
    return [`-DCMAKE_TOOLCHAIN_FILE=${join(toolchain, "emscripten.cmake")}`, "-DCMAKE_CXX_FLAGS=-fwasm-exceptions"];
  }
  return [`-DCMAKE_TOOLCHAIN_FILE=${join(recipes, "wasm_clang.cmake")}`, `-DPITH_SYSROOT=${join(toolchain, readFileSync(sysroot, "utf8"))}`];
}

/** The prefix (include, lib) of all libraries for `target`: "native" or "wasm". */
export async function buildLibraries(target, sources, toolchain) {
  const key = keyOf(target, pins.sources, contentHash(recipes), ask("clang-19", ["--version"]), target === "wasm" ? basename(toolchain) : "");
  return cachedFolder(`libraries-${target}`, key, async (folder) => {
    // The build folder has a fixed name, so that an interrupted build goes on where it stopped.
    const work = join(cache, "work", `${target}-${key}`);
    await step(`Building the libraries (${target}): XNNPACK's kernels, Cap'n Proto and smaller ones, some minutes, once`, async () => {
      await run("cmake", ["-G", "Ninja", "-S", recipes, "-B", work, `-DPITH_SOURCES=${sources}`, "-DCMAKE_BUILD_TYPE=None",
        ...toolchainArguments(target, toolchain)]);
      await run("ninja", ["-C", work]);
      await run("cmake", ["--install", work, "--prefix", folder]);
    });
    rmSync(work, { recursive: true, force: true });
  });
}
