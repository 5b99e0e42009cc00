// SPDX-License-Identifier: Apache-2.0
// Where things lie: the clone, and the one folder outside of it, in the system's cache.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const build = join(root, "build");
export const dependencies = join(build, "dependencies");
export const pins = JSON.parse(readFileSync(join(root, "tools/setup/pins.json"), "utf8"));

/** Where this system keeps what programs can fetch again. */
export function systemCache() {
  if (process.env.XDG_CACHE_HOME) return process.env.XDG_CACHE_HOME;
  return process.platform === "darwin" ? join(homedir(), "Library", "Caches") : join(homedir(), ".cache");
}

/** Deleting this folder costs only time, but for `models`, where `pith models add` puts what may be nowhere else. PITH_CACHE names another. */
export const cache = process.env.PITH_CACHE ?? join(systemCache(), "pith");

/** A short key of everything that a cached folder was made from. */
export function keyOf(...parts) {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);
}

/** SHA-256 over names and contents of all files below `folders` and of single `files`, in a fixed order. */
export function contentHash(...places) {
  const hash = createHash("sha256");
  const add = (path) => {
    if (!existsSync(path)) return;
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path).sort()) if (name !== "__pycache__") add(join(path, name));
    } else {
      hash.update(relative(root, path)).update("\0").update(readFileSync(path)).update("\0");
    }
  };
  places.forEach(add);
  return hash.digest("hex");
}

/**
 * A folder of the cache that is complete or absent: `make(folder)` fills a temporary one, which is then renamed.
 * An interrupted run leaves only a temporary folder, which the next one removes.
 */
export async function cachedFolder(kind, key, make) {
  const folder = join(cache, kind, key);
  if (existsSync(folder)) return folder;
  const unfinished = join(cache, kind, `.unfinished-${key}-${process.pid}`);
  mkdirSync(join(cache, kind), { recursive: true });
  for (const name of readdirSync(join(cache, kind))) {
    const owner = /^\.unfinished-.*-(\d+)$/.exec(name)?.[1];
    if (owner && !existsSync(`/proc/${owner}`)) rmSync(join(cache, kind, name), { recursive: true, force: true });
  }
  mkdirSync(unfinished, { recursive: true });
  await make(unfinished);
  if (existsSync(folder)) rmSync(unfinished, { recursive: true });  // another run was faster
  else renameSync(unfinished, folder);
  return folder;
}
