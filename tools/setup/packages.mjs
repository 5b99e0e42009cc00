// SPDX-License-Identifier: Apache-2.0
// Packages of the operating system and of npm.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keyOf, pins, root } from "./places.mjs";
import { SetupError, ask, run, step } from "./shell.mjs";

function missingPackages(names) {
  const answer = ask("dpkg-query", ["-W", "-f", "${Package} ${db:Status-Status}\n", ...names], { stdio: ["ignore", "pipe", "ignore"] });
  // dpkg-query fails when one is unknown, so each is asked for alone then.
  const isInstalled = (name) => ask("dpkg-query", ["-W", "-f", "${db:Status-Status}", name]) === "installed";
  if (answer !== null && answer.split("\n").every((line) => line.endsWith(" installed"))) return [];
  return names.filter((name) => !isInstalled(name));
}

/** Runs a command as root: directly, or through sudo. */
function asRoot(command, args, options) {
  if (process.getuid() === 0) return run(command, args, options);
  if (ask("sudo", ["-n", "true"]) === null && !process.stdin.isTTY) {
    throw new SetupError(`root is needed once; run this by hand:\n  sudo ${command} ${args.join(" ")}`);
  }
  return run("sudo", [command, ...args], { ...options, stdio: ["inherit", 2, 2] });
}

/** Installs the Debian packages of a group of pins.json that are missing. */
export async function installSystemPackages(group) {
  const { names, why } = pins.systemPackages[group];
  if (ask("dpkg-query", ["--version"]) === null) {
    throw new SetupError(`this set-up installs Debian packages; on another system install: ${names.join(", ")}, or use the Dockerfile`);
  }
  const missing = missingPackages(names);
  if (missing.length === 0) return;
  await step(`Installing ${missing.join(" ")} (${why})`, async () => {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await asRoot("apt-get", ["update", "-qq"], { env });
    await asRoot("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...missing], { env });
  });
}

/** `npm ci`, where package-lock.json is not what node_modules was made from. */
export async function installNpmPackages() {
  const stamp = join(root, "node_modules", ".pith-stamp");
  const key = keyOf(readFileSync(join(root, "package-lock.json"), "utf8"), process.platform, process.arch);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === key) return;
  await step("Installing npm packages (bundler, TypeScript, browser driver)", async () => {
    await run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: root });
    writeFileSync(stamp, key);
  });
}
