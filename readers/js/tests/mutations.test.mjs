// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeContainer, signed } from "./support/encode.mjs";
import { openMutations } from "./support/mutations.mjs";
import { sample } from "./support/sample.mjs";

test("2,000 damaged files give nothing but PithErrors (`npm run mutate` opens 200,000)", async () => {
  const file = encodeContainer(sample());
  const codes = await openMutations([file, signed(file, Buffer.alloc(32, 1))], 2000, 1);
  for (const code of ["hashMismatch", "corruptContainer", "truncatedContainer", "unsupportedVersion"]) assert.ok(codes[code] > 10, JSON.stringify(codes));
});
