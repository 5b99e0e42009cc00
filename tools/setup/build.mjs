// SPDX-License-Identifier: Apache-2.0
// Building the presets of CMakePresets.json and the page.
import { existsSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, contentHash, dependencies, keyOf, root } from "./places.mjs";
import { run, step } from "./shell.mjs";

// emcc would ask clang and Node for their versions again at each of a hundred starts.
const env = { ...process.env, EMCC_SKIP_SANITY_CHECK: "1" };

/** Builds targets of a preset (all of them where none is named). */
export async function buildPreset(preset, targets = [], title = `Building ${preset}`) {
  await step(title, async () => {
    const folder = join(build, preset);
    // CMake configures again by itself where its own files changed, but not where the libraries did.
    const libraries = keyOf(["native", "wasm", "toolchain"].map((name) => readlinkSync(join(dependencies, name))));
    const stamp = join(folder, ".pith-libraries");
    const isCurrent = existsSync(join(folder, "build.ninja")) && existsSync(stamp) && readFileSync(stamp, "utf8") === libraries;
    if (!isCurrent) {
      await run("cmake", ["--preset", preset, "--fresh"], { cwd: root, env });
      mkdirSync(folder, { recursive: true });
      writeFileSync(stamp, libraries);
    }
    const wanted = targets.length > 0 ? ["--target", ...targets] : [];
    await run("cmake", ["--build", "--preset", preset, ...wanted], { cwd: root, env });
  });
}

/** The page's WebAssembly modules, and the preset that builds each. */
export const pageModules = [["wasm-simd", "pith_engine"], ["wasm-simd", "pith_container"], ["wasm-relaxed", "pith_engine"]];

/** Where a page's module is built. @param ending "js", "wasm" or "d.ts" */
export const moduleFile = (preset, name, ending) => join(build, preset, `src/bindings/${name}.${ending}`);

export async function buildPageModules() {
  await buildPreset("wasm-simd", ["pith_engine", "pith_container"], "Building the engine (WebAssembly, SIMD)");
  await buildPreset("wasm-relaxed", ["pith_engine"], "Building the engine (WebAssembly, relaxed SIMD)");
}

/**
 * Bundles the page into dist/, where an input changed since the last time.
 * @param {string[]} models  folders of model packages that lie beside the page, besides the default
 */
export async function buildPage(models = []) {
  await step("Bundling the page", async () => {
    const stamp = join(build, ".page-inputs");
    const modules = pageModules.flatMap(([preset, name]) => ["js", "wasm"].map((ending) => moduleFile(preset, name, ending)));
    const key = contentHash(join(root, "web"), join(root, "samples"), join(root, "models"), join(root, "package-lock.json"), ...modules, ...models);
    if (existsSync(join(root, "dist/index.html")) && existsSync(stamp) && readFileSync(stamp, "utf8") === key) return;
    const vite = join(root, "node_modules/vite/bin/vite.js");
    for (const project of ["web", "web/service_worker"]) {
      await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "--noEmit", "-p", join(root, project)], { cwd: root });
    }
    await run(process.execPath, [vite, "build", "--config", join(root, "web/vite.config.ts")], {
      cwd: root, env: { ...process.env, PITH_PAGE_MODELS: JSON.stringify(models) },
    });
    writeFileSync(stamp, key);
  });
}

/** Compiles readers/js into its dist/, for Node and browsers alike. */
export async function buildReader() {
  await step("Compiling the TypeScript reader", () =>
    run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", join(root, "readers/js")], { cwd: root }));
}
