// SPDX-License-Identifier: Apache-2.0
// `node compare.mjs PROGRAM VARIANT`: the same networks on three pretended machines. Plain SIMD gives the same bits on all of
// them. With relaxed SIMD the program's own tests hold on all of them, which have a bound for each output, and the largest
// distance is printed.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [program, variant] = process.argv.slice(2);
const machines = ["arm", "x86", "x86-many"];

/** @returns {{test: string, bytes: Buffer}[]} what record_outputs.cpp wrote */
function read(file) {
  const outputs = [];
  for (let at = 0; at < file.length;) {
    const end = file.indexOf("\n", at);
    const [test, count] = file.toString("latin1", at, end).split(" ");
    at = end + 1 + 4 * Number(count);
    outputs.push({ test, bytes: file.subarray(end + 1, at) });
  }
  return outputs;
}

function outputsOn(machine, folder) {
  const record = join(folder, machine);
  execFileSync(process.execPath, [...process.execArgv, program, "--gtest_brief=1"],
    { env: { ...process.env, PITH_MACHINE: machine, PITH_RECORD: record }, stdio: ["ignore", "ignore", "inherit"] });
  return read(readFileSync(record));
}

function relativeDistance(seen, expected) {
  let difference = 0;
  let norm = 0;
  for (let at = 0; at < expected.length; at += 4) {
    const value = expected.readFloatLE(at);
    if (!Number.isFinite(value)) continue;
    difference += (seen.readFloatLE(at) - value) ** 2;
    norm += value ** 2;
  }
  return difference === 0 ? 0 : Math.sqrt(difference / norm);
}

const folder = mkdtempSync(join(tmpdir(), "pith-machines-"));
try {
  const [first, ...others] = machines.map((machine) => outputsOn(machine, folder));
  assert.ok(first.length > 100, `only ${first.length} outputs were recorded`);
  for (const [i, outputs] of others.entries()) {
    assert.equal(outputs.length, first.length);
    const differing = first.map((one, at) => ({ test: one.test, distance: relativeDistance(outputs[at].bytes, one.bytes), isEqual: one.bytes.equals(outputs[at].bytes) }))
      .filter((one) => !one.isEqual);
    const names = [...new Set(differing.map((one) => one.test))];
    console.log(`${machines[i + 1]} beside ${machines[0]}: ${first.length - differing.length} of ${first.length} outputs equal to the bit` +
      (differing.length > 0 ? `; largest relative distance ${Math.max(...differing.map((one) => one.distance)).toExponential(1)}, in ${names.join(", ")}` : ""));
    if (variant === "simd") assert.deepEqual(names, [], "plain SIMD gives other bits on another machine");
  }
} finally {
  rmSync(folder, { recursive: true });
}
