// SPDX-License-Identifier: Apache-2.0
// The golden files: what a reader must find in the valid ones, and the error that the invalid ones must give.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openContainer, PithError } from "../dist/index.js";
import { vectors, withFloat32 } from "./support/vectors.mjs";

const valid = vectors("valid");
const invalid = vectors("invalid");

test("there are golden files of both kinds", () => assert.ok(valid.length > 0 && invalid.length > 0));

for (const { name, file, expected } of valid) {
  test(`valid ${name}`, async () => {
    const container = await openContainer(new Uint8Array(file));
    assert.deepEqual(await container.describe(), withFloat32(expected));
    await container.verify();
  });
}

for (const { name, file, expected } of invalid) {
  test(`invalid ${name}: ${expected.error}`, async () => {
    await assert.rejects(async () => (await openContainer(new Uint8Array(file))).verify(), (error) => {
      assert.ok(error instanceof PithError, String(error));
      assert.equal(error.code, expected.error, error.message);
      return true;
    });
  });
}
