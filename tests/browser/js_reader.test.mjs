// SPDX-License-Identifier: Apache-2.0
// The TypeScript reader in a real Chromium, under a policy that allows scripts of its own origin alone: golden files as Blobs, by range
// requests to the same origin, and by range requests to another one, which tells a page less.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { serveFile } from "../../readers/js/tests/support/server.mjs";
import { vectors, withFloat32 } from "../../readers/js/tests/support/vectors.mjs";
import { root, startBrowser } from "./support.mjs";

const dist = join(root, "readers/js/dist");
const policy = "default-src 'none'; script-src 'self'; connect-src *";
const valid = vectors("valid");

/** Serves an empty page and the reader's modules. */
function servePage() {
  const server = createServer((request, response) => {
    if (request.url === "/") return response.writeHead(200, { "Content-Type": "text/html", "Content-Security-Policy": policy }).end("<!doctype html><title>reader</title>");
    if (!/^\/[a-z0-9_/]+\.js$/.test(request.url)) return response.writeHead(404).end();
    return response.writeHead(200, { "Content-Type": "text/javascript" }).end(readFileSync(join(dist, request.url)));
  });
  return new Promise((resolve) => { server.listen(0, "127.0.0.1", () => resolve(server)); });
}

let browser;
let page;
let server;
const problems = [];
before(async () => {
  browser = await startBrowser();
  server = await servePage();
  page = await browser.newPage();
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => { if (message.type() === "error") problems.push(message.text()); });
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
});
after(async () => {
  await browser.close();
  server.close();
  server.closeAllConnections();
});

/** Opens a Blob (of base64) or a URL in the page. @returns its content as JSON, after it was verified */
const read = (source) => page.evaluate(async ({ base64, url }) => {
  const { openContainer } = await import("/index.js");
  const blob = base64 === undefined ? null : new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))]);
  const container = await openContainer(blob ?? url);
  await container.verify();
  return JSON.stringify(await container.describe());
}, source);

/** JSON has no negative zero. */
const asJson = (expected) => JSON.parse(JSON.stringify(withFloat32(expected)));

test("every valid golden file, as a Blob", async () => {
  for (const { name, file, expected } of valid) {
    assert.deepEqual(JSON.parse(await read({ base64: file.toString("base64") })), asJson(expected), name);
  }
  assert.deepEqual(problems, []);
});

test("another origin's file, by range requests, although that hides Content-Range", async (t) => {
  const { file, expected } = valid.at(-1);
  const other = await serveFile(file);
  t.after(other.close);
  assert.deepEqual(JSON.parse(await read({ url: other.url })), asJson(expected));
  assert.ok(other.requests.some(({ method }) => method === "HEAD"));
  assert.ok(other.requests.every(({ method, range }) => method === "HEAD" || range !== ""));
  assert.deepEqual(problems, []);
});

test("a header alone takes the bytes of the header alone", async (t) => {
  const { file, expected } = valid[0];
  const other = await serveFile(file);
  t.after(other.close);
  const writer = await page.evaluate(async (url) => (await (await import("/index.js")).openContainer(url)).header.writer, other.url);
  assert.equal(writer, expected.writer);
  assert.equal(other.sentBytes(), 128 + Number(file.readBigUInt64LE(32)));
});

test("a damaged file gives its error", async () => {
  const damaged = Buffer.from(valid[0].file);
  damaged[damaged.length - 1] ^= 1;
  const code = await page.evaluate(async (base64) => {
    const { openContainer } = await import("/index.js");
    try {
      await (await openContainer(new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))]))).verify();
      return null;
    } catch (error) {
      return error.code;
    }
  }, damaged.toString("base64"));
  assert.equal(code, "hashMismatch");
});
