// SPDX-License-Identifier: Apache-2.0
// Where bytes come from, and how many of them are asked for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openContainer } from "../dist/index.js";
import { encodeContainer, signed } from "./support/encode.mjs";
import { features, N, sample } from "./support/sample.mjs";
import { serveFile } from "./support/server.mjs";

const file = signed(encodeContainer(sample()), Buffer.alloc(32, 1));
const headerLength = Number(file.readBigUInt64LE(32));

async function serve(t, mode, content = file) {
  const server = await serveFile(content, mode);
  t.after(server.close);
  return server;
}

test("all kinds of sources give the same", async (t) => {
  const { url } = await serve(t, "ranges");
  const shared = new Uint8Array(new SharedArrayBuffer(file.length));
  shared.set(file);
  const sources = {
    Blob: new Blob([file]),
    ArrayBuffer: file.buffer.slice(file.byteOffset, file.byteOffset + file.length),
    Uint8Array: new Uint8Array(file),
    "Uint8Array at an odd place": new Uint8Array([0, ...file]).subarray(1),
    "Uint8Array of shared memory": shared,
    Buffer: file,
    string: url,
    URL: new URL(url),
    "the caller's own": { size: file.length, read: (offset, length) => file.subarray(offset, offset + length) },
  };
  const expected = JSON.stringify(await (await openContainer(sources.Blob)).describe());
  for (const [name, source] of Object.entries(sources)) {
    const container = await openContainer(source);
    assert.equal(JSON.stringify(await container.describe()), expected, name);
    assert.equal((await container.verify()).signatures[0].valid, true, name);
  }
});

test("opening a URL reads the preamble and the header, and nothing else", async (t) => {
  const { url, requests, sentBytes } = await serve(t, "ranges");
  const container = await openContainer(url);
  assert.equal(container.dataset.title, "Tïtle");
  assert.deepEqual(requests, [{ method: "GET", range: "bytes=0-127" }, { method: "GET", range: `bytes=128-${127 + headerLength}` }]);
  assert.equal(sentBytes(), 128 + headerLength);
  const before = sentBytes();
  assert.deepEqual([...(await container.features().rows(1, 3))], features[0].slice(1, 3).flat());
  assert.equal(sentBytes() - before, 2 * 5 * 4, "two rows of five float32");
  const columns = container.header.sections.filter(({ name }) => /^(records|groups|splits|labels)\//.test(name));
  const start = sentBytes();
  assert.equal((await container.records()).count, N);
  await container.records();
  assert.equal(sentBytes() - start, columns.reduce((sum, { length }) => sum + length, 0), "the records' columns, once");
});

test("a file that is shorter than a preamble, or empty", async (t) => {
  const short = await serve(t, "ranges", file.subarray(0, 50));
  await assert.rejects(openContainer(short.url), { code: "truncatedContainer" });
  const empty = await serve(t, "ranges", Buffer.alloc(0));
  await assert.rejects(openContainer(empty.url), { code: "truncatedContainer" });
});

test("the size is asked for where a server hides it", async (t) => {
  const { url, requests } = await serve(t, "hidden");
  const container = await openContainer(url);
  assert.deepEqual(requests.map(({ method }) => method), ["GET", "HEAD", "GET"]);
  await container.verify();
});

for (const [mode, message] of [["whole", /ignores range requests/], ["wrong", /another range/], ["short", /asked for|ended early/], ["missing", /404/]]) {
  test(`a server that is '${mode}' is refused`, async (t) => {
    const { url } = await serve(t, mode);
    await assert.rejects(openContainer(url), { code: "readFailed", message });
  });
}

test("a server that cannot be reached", async (t) => {
  const { url, close } = await serve(t, "ranges");
  await close();
  await assert.rejects(openContainer(url), { code: "readFailed" });
});

test("headers, another fetch and a signal", async (t) => {
  const { url } = await serve(t, "ranges");
  const seen = [];
  const fetch = (address, options) => { seen.push(options.headers); return globalThis.fetch(address, options); };
  await openContainer(url, { fetch, headers: { Authorization: "Bearer x" } });
  assert.deepEqual(seen[0], { Authorization: "Bearer x", Range: "bytes=0-127" });
  const controller = new AbortController();
  const container = await openContainer(url, { signal: controller.signal });
  controller.abort();
  await assert.rejects(container.records(), { name: "AbortError" });
});

test("a source that fails, or lies about its bytes", async () => {
  const failing = { size: file.length, read: () => { throw new Error("disk"); } };
  await assert.rejects(openContainer(failing), { code: "readFailed" });
  const short = { size: file.length, read: () => new Uint8Array(3) };
  await assert.rejects(openContainer(short), { code: "readFailed" });
});

for (const [block, reads] of [["c", ["the table of chunks", "a chunk"]], ["d", ["the rows", "the scale", "the zero point"]]]) {
  test(`features that could not be read once, block ${block}`, async () => {
    for (const [failing, what] of reads.entries()) {
      let count = -Infinity;
      const container = await openContainer({ size: file.length, read: (offset, length) => {
        if (count++ === failing) throw new Error("connection");
        return file.subarray(offset, offset + length);
      } });
      count = 0;
      await assert.rejects(container.features(block).rows(), { code: "readFailed" }, what);
      assert.deepEqual([...(await container.features(block).rows())], features["abcde".indexOf(block)].flat(), what);
    }
  });
}

test("verify reads a file in pieces, whatever its size", async () => {
  let largest = 0;
  const rows = 200_000;
  const { section } = await import("./support/encode.mjs");
  const ids = Buffer.alloc(16 * rows);
  for (let i = 0; i < rows; i++) ids.writeUInt32BE(i, 16 * i);
  const large = encodeContainer({
    recordCount: rows, header: { encoders: [{ featureCount: 16 }], features: [{ name: "a" }] },
    sections: [section("features/0", "f32", [rows, 16], Buffer.from(Float32Array.from({ length: rows * 16 }, (_, i) => i).buffer)), section("records/id", "u8", [rows, 16], ids)],
  });
  const container = await openContainer({ size: large.length, read: (offset, length) => { largest = Math.max(largest, length); return large.subarray(offset, offset + length); } });
  await container.verify();
  assert.ok(largest <= Math.max(1 << 20, ids.length), `${largest} bytes at once`);
});
