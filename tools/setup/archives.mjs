// SPDX-License-Identifier: Apache-2.0
// Pinned archives from Debian, through apt, into the cache. Nothing of the other suite is ever installed into the system:
// apt gets lists and folders of its own.
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { cache, pins } from "./places.mjs";
import { SetupError, ask, run, say, step } from "./shell.mjs";

const sha256Of = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

/** apt's options for the other suite, with its lists fetched: the machine's own mirror, the suite's name changed. */
async function aptOptions() {
  const folder = join(cache, "apt");
  for (const part of ["lists/partial", "cache/archives/partial"]) mkdirSync(join(folder, part), { recursive: true });
  const uris = ask("apt-get", ["indextargets", "--format", "$(REPO_URI)"])?.split("\n") ?? [];
  const mirror = uris.find((uri) => /\/debian\/?$/.test(uri));
  if (!mirror) throw new SetupError("apt knows no Debian mirror: /etc/apt/sources.list.d names none whose path ends in /debian");
  const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
  const list = join(folder, "sources.list");
  writeFileSync(list, ["deb", "deb-src"].map((kind) => `${kind} [signed-by=${keyring}] ${mirror} ${pins.suite} main\n`).join(""));
  const options = [`-oDir::Etc::sourcelist=${list}`, "-oDir::Etc::sourceparts=/dev/null", `-oDir::State::Lists=${folder}/lists`,
    `-oDir::Cache=${folder}/cache`, "-oAPT::Sandbox::User=root"];
  await run("apt-get", [...options, "update", "-qq"]);
  return options;
}

async function download(options, name, pin, isSource, folder) {
  const verb = isSource ? ["source", "-qq", "--tar-only"] : ["download", "-qq"];
  try {
    await run("apt-get", [...options, ...verb, `${name}=${pin.version}`], { cwd: folder });
  } catch (error) {
    if (!pin.runtime && !isSource) throw error;
    // Debian replaces packages with fixed ones. A library's own sources stay the same with them, and their hash is the pinned one or
    // nothing is used. The three others only start the tools above them, whose own hashes stay pinned; apt has checked the archive's
    // signature and hash.
    say(`  ${name} ${pin.version} was superseded by Debian; taking the signed successor`);
    await run("apt-get", [...options, ...verb, name], { cwd: folder });
  }
}

/** Moves a fetched file into the cache, if its hash is the pinned one. */
function keep(folder, name, pin, target) {
  const found = readdirSync(folder).find((file) => decodeURIComponent(file) === pin.file) ?? readdirSync(folder).find((file) => pin.runtime && file.startsWith(`${name}_`));
  if (!found) throw new SetupError(`apt brought no ${pin.file}`);
  const seen = sha256Of(join(folder, found));
  if (seen !== pin.sha256 && !(pin.runtime && decodeURIComponent(found) !== pin.file)) {
    throw new SetupError(`${pin.file} has SHA-256 ${seen}; ${pin.sha256} is pinned in tools/setup/pins.json`);
  }
  renameSync(join(folder, found), target);
}

/**
 * Paths of the archives of one table of pins.json, fetched and verified where they are not in the cache yet.
 * @returns {Promise<Object<string, string>>} by name
 */
export async function fetchArchives(table, { isSource }) {
  const folder = join(cache, "archives");
  mkdirSync(folder, { recursive: true });
  const paths = Object.fromEntries(Object.entries(table).map(([name, pin]) => [name, join(folder, `${pin.sha256.slice(0, 16)}-${basename(pin.file)}`)]));
  const missing = Object.keys(table).filter((name) => !existsSync(paths[name]));
  if (missing.length === 0) return paths;
  await step(`Fetching ${missing.join(", ")} (pinned, SHA-256 checked)`, async () => {
    const options = await aptOptions();
    const inbox = join(folder, `.inbox-${process.pid}`);
    mkdirSync(inbox, { recursive: true });
    chmodSync(inbox, 0o755);
    try {
      for (const name of missing) {
        await download(options, name, table[name], isSource, inbox);
        keep(inbox, name, table[name], paths[name]);
      }
    } finally {
      rmSync(inbox, { recursive: true, force: true });
    }
  });
  return paths;
}
