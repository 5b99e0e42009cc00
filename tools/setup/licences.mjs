// SPDX-License-Identifier: Apache-2.0
// The licence texts of everything that is linked into the page's engine, joined into one file beside the page.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { dependencies } from "./places.mjs";
import { SetupError } from "./shell.mjs";

const linkedIntoTheEngine = ["xnnpack", "pthreadpool", "fp16", "fxdiv", "capnproto", "libstb", "protozero", "yyjson", "libsodium", "libzstd", "flatbuffers"];

/** @returns {string} plain text, one chapter for each library */
export function licenceTexts() {
  const chapters = linkedIntoTheEngine.map((name) => {
    const folder = join(dependencies, "sources", name);
    const files = readdirSync(folder).filter((file) => /^(LICENSE|COPYING)/.test(file)).sort();
    if (files.length === 0) throw new SetupError(`the sources of ${name} carry no licence text`);
    return [name, files.map((file) => readFileSync(join(folder, file), "utf8")).join("\n")];
  });
  const copyright = join(dependencies, "toolchain/usr/share/doc/emscripten/copyright");
  if (existsSync(copyright)) chapters.push(["Emscripten's system libraries (musl, libc++, compiler-rt) and its tools", readFileSync(copyright, "utf8")]);
  return chapters.map(([name, text]) => `${"=".repeat(78)}\n${name}\n${"=".repeat(78)}\n\n${text.trim()}\n`).join("\n");
}
