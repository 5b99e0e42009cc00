// SPDX-License-Identifier: Apache-2.0
// Model packages for the page, named as the command line names them: a folder with a manifest.json, or a name that `pith models add`
// gave one.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { root, systemCache } from "./places.mjs";
import { SetupError } from "./shell.mjs";

/** The package that the page begins with. */
export const defaultPackage = join(root, "models/pith-cxr-1");

/** @returns the package's folder @throws SetupError where there is none, or its file is not the one of its manifest */
export function findPackage(name) {
  const own = process.env.PITH_MODELS || join(systemCache(), "pith/models");
  // npm changes into the project's folder; a folder is meant from where the user stands.
  const places = [resolve(process.env.INIT_CWD ?? ".", name), join(own, name), join(root, "models", name)];
  const folder = places.find((place) => existsSync(join(place, "manifest.json")));
  if (!folder) throw new SetupError(`there is no model package '${name}': looked for manifest.json in ${places.join(", ")}; \`npm run --silent pith -- models add NAME\` makes one`);
  const { file, sha256 } = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
  if (typeof file !== "string" || !/^[A-Za-z0-9][\w.-]*$/.test(file)) throw new SetupError(`the manifest in ${folder} names no file beside it`);
  if (!existsSync(join(folder, file))) throw new SetupError(`${folder} has no ${file}`);
  const digest = createHash("sha256").update(readFileSync(join(folder, file))).digest("hex");
  if (digest !== sha256) throw new SetupError(`${join(folder, file)} has the SHA-256 ${digest}; its manifest says ${sha256}`);
  return folder;
}
