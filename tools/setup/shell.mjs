// SPDX-License-Identifier: Apache-2.0
// Running programs and saying what happens. Everything goes to standard error: standard output belongs to the command line.
import { spawn, spawnSync } from "node:child_process";

/** A failure that is explained by its message alone; no stack trace is shown for it. */
export class SetupError extends Error {}

export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** Runs a step with a headline, and says how long it took where that was noticeable. */
export async function step(title, action) {
  say(`▸ ${title}`);
  const started = performance.now();
  const result = await action();
  const seconds = (performance.now() - started) / 1000;
  if (seconds > 2) say(`  done in ${seconds.toFixed(0)} s`);
  return result;
}

/**
 * Runs a program to its end. Its output is kept and shown only where it fails, unless `show` is set.
 * @returns {Promise<string>} standard output
 */
export function run(command, args, { show = false, allowFailure = false, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", show ? "inherit" : "pipe", show ? "inherit" : "pipe"], ...options });
    const output = { stdout: "", all: "" };
    child.stdout?.on("data", (chunk) => { output.stdout += chunk; output.all += chunk; });
    child.stderr?.on("data", (chunk) => { output.all += chunk; });
    child.on("error", (error) => reject(new SetupError(`${command} cannot be started: ${error.message}`)));
    child.on("close", (code, signal) => {
      if (code === 0 || allowFailure) return resolve(output.stdout);
      const tail = output.all.split("\n").slice(-30).join("\n");
      reject(new SetupError(`${command} ${args.join(" ").slice(0, 300)}\nended with ${signal ?? `exit status ${code}`}\n${tail}`));
    });
  });
}

/** Standard output of a program that answers at once, or null where it fails or is missing. */
export function ask(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: "utf8", ...options });
  return result.status === 0 ? (result.stdout ?? "").trim() : null;
}

/** Runs `main`, and ends the process with 1 and a plain message where it fails. */
export function runMain(main) {
  main().catch((error) => {
    say(error instanceof SetupError ? `\n✗ ${error.message}` : `\n✗ ${error.stack}`);
    process.exitCode = 1;
  });
}
