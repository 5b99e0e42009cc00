// SPDX-License-Identifier: Apache-2.0
// The shared conformance cases: none wrong, and not fewer passed than were reached. docs/operators.md has every reason of a refusal.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const data = join(root, "../shared/data/onnx");

/** Folder and the cases that must pass. */
const reached = [["node-v1.21.0", 495], ["pytorch-converted", 82], ["pytorch-operator", 30], ["light", 9]];

for (const [name, least] of reached) {
  const folder = join(data, name);
  test(`conformance: ${name}`, { skip: !existsSync(folder) && `${name} is not beside this clone` }, () => {
    const answer = spawnSync(process.execPath, [join(root, "tools/conformance.mjs"), folder, "--json"], { encoding: "utf8", maxBuffer: 1 << 26 });
    const result = JSON.parse(answer.stdout);
    assert.deepEqual(result.cases.filter((entry) => entry.status === "wrong"), []);
    assert.equal(answer.status, 0);
    assert.equal(result.passed + result.refused, result.cases.length);
    assert.ok(result.passed >= least, `${result.passed} passed; ${least} were reached before`);
    for (const entry of result.cases) assert.equal(Boolean(entry.reason), entry.status !== "passed", entry.name);
  });
}
