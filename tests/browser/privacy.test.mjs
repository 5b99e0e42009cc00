// SPDX-License-Identifier: Apache-2.0
// Nothing leaves: no request but to the page's own server, none at all once it is loaded, and the browser itself forbids others.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startServer } from "../../tools/serve.mjs";
import { openPage, policyViolations, root, samplePaths, save, startBrowser, temporaryFolder, untilEncoded, untilReady } from "./support.mjs";

let browser;
before(async () => { browser = await startBrowser(); });
after(() => browser.close());

test("after loading there is no request, through encoding, saving and opening what was saved", async (t) => {
  const { page, context, server, served, problems } = await openPage(t, browser);
  const requested = [];
  context.on("request", (made) => requested.push(made));
  await untilReady(page);
  assert.deepEqual(requested.map((made) => made.url()).filter((url) => !url.replace(/^blob:/, "").startsWith(server.address)), [], "requests to others while loading");
  requested.length = served.length = 0;

  await page.getByRole("button", { name: "Try with sample images" }).click();
  await untilEncoded(page, 12);
  const saved = await save(page, temporaryFolder(t));
  await page.locator(".saved:not([hidden])").waitFor();
  await page.locator("[data-input=files]").setInputFiles([saved]);
  await page.locator("dialog[open]").waitFor();

  assert.deepEqual(served, [], "the server was asked for nothing");
  const local = requested.filter((made) => !made.url().startsWith("blob:"));
  assert.equal(local.length, samplePaths().length, "nothing is read but the sample images");
  for (const made of local) assert.equal((await made.response()).fromServiceWorker(), true, made.url());
  assert.deepEqual(problems, []);
  assert.deepEqual(await policyViolations(page), []);
});

test("the policy stands in the page and in the header, and the browser obeys it", async (t) => {
  const { page, server } = await openPage(t, browser);
  await untilReady(page);
  const inPage = await page.locator("meta[http-equiv=Content-Security-Policy]").getAttribute("content");
  const inHeader = (await page.request.get(server.address)).headers()["content-security-policy"];
  for (const policy of [inPage, inHeader]) {
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /connect-src 'self'(;|$)/);
    assert.match(policy, /script-src 'self' 'wasm-unsafe-eval'(;|$)/);
  }
  const other = await startServer({ port: 0 });
  t.after(() => other.close());
  const attempt = await page.evaluate(async (address) => {
    try {
      await fetch(address, { mode: "no-cors" });
      return "sent";
    } catch {
      return "refused";
    }
  }, other.address);
  assert.equal(attempt, "refused");
  assert.match((await policyViolations(page)).join(), /connect-src/);
  const hasRun = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.inlineScriptHasRun = true";
    document.head.append(script);
    return window.inlineScriptHasRun === true;
  });
  assert.equal(hasRun, false, "a script inside the page is not run");
});

test("nothing about a visit stays in the browser", async (t) => {
  const { page } = await openPage(t, browser);
  await untilReady(page);
  await page.getByRole("button", { name: "Try with sample images" }).click();
  await untilEncoded(page, 12);
  await page.getByLabel("Title").fill("Secret title");
  await save(page, temporaryFolder(t));
  const kept = await page.evaluate(async () => ({
    local: localStorage.length,
    session: sessionStorage.length,
    cookies: document.cookie,
    databases: (await indexedDB.databases()).length,
    caches: await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map((entry) => new URL(entry.url).pathname))),
  }));
  const { caches: [files], ...rest } = kept;
  assert.deepEqual(rest, { local: 0, session: 0, cookies: "", databases: 0 });
  assert.ok(files.length > 10 && files.every((path) => /^\/(assets\/[\w.-]+|licences\.txt|icon\.svg|manifest\.webmanifest)?$/.test(path)), files.join(" "));
});

test("the server prints an address at which it answers, and names texts as what they are", async (t) => {
  for (const [host, expected] of [["127.0.0.1", "localhost"], ["0.0.0.0", "localhost"], ["127.0.0.2", "127.0.0.2"]]) {
    const server = await startServer({ port: 0, host });
    t.after(() => server.close());
    assert.equal(new URL(server.address).hostname, expected);
    const response = await fetch(`${server.address}/licences.txt`);
    assert.equal(response.headers.get("content-type"), "text/plain; charset=utf-8");
    await response.arrayBuffer();
  }
});

test("the server gives only what lies in its folder", async (t) => {
  const server = await startServer({ port: 0 });
  t.after(() => server.close());
  const { port } = new URL(server.address);
  const ask = (path, method = "GET") => new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, method }, (response) => {
      response.resume();
      resolve({ status: response.statusCode, type: response.headers["content-type"] });
    }).on("error", reject).end();
  });
  for (const path of ["/../package.json", "/%2e%2e/package.json", "/..%2fpackage.json", "/assets/../../package.json", "//etc/passwd", "/%00", "/%", "/assets", "/none"]) {
    assert.equal((await ask(path)).status, 404, path);
  }
  assert.equal((await ask("/", "POST")).status, 405);
  assert.deepEqual(await ask("/"), { status: 200, type: "text/html; charset=utf-8" });
  const wasm = readFileSync(join(root, "dist/service_worker.js"), "utf8").match(/assets\/pith_engine-[\w-]+\.wasm/)[0];
  assert.deepEqual(await ask(`/${wasm}`, "HEAD"), { status: 200, type: "application/wasm" });
});
