// SPDX-License-Identifier: Apache-2.0
// After the first load the server may disappear.
import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startServer } from "../../tools/serve.mjs";
import { addFiles, openPage, pith, root, samplePaths, save, startBrowser, temporaryFolder, untilEncoded, untilReady } from "./support.mjs";

let browser;
before(async () => { browser = await startBrowser(); });
after(() => browser.close());

test("the first encoding can happen after the server was stopped", async (t) => {
  const { page, server, problems } = await openPage(t, browser);
  await untilReady(page);
  await server.close();
  await assert.rejects(fetch(server.address), "the server is gone");

  await page.reload();
  await untilReady(page);
  await page.getByRole("button", { name: "Try with sample images" }).click();
  await untilEncoded(page, 12);
  const path = await save(page, temporaryFolder(t));
  assert.equal(pith("verify", path).code, 0);
  assert.deepEqual(problems, []);
});

test("the other variant of the engine is kept as well", async (t) => {
  const { page, server } = await openPage(t, browser);
  await untilReady(page);
  await server.close();
  await page.addInitScript(() => {
    const validate = WebAssembly.validate;
    // 0x85 0x02 is f32x4.relaxed_madd
    WebAssembly.validate = (bytes) => !bytes.join().includes("253,133,2") && validate(bytes);
  });
  await page.reload();
  await untilReady(page);
  assert.match(await page.locator("#mode").textContent(), /WebAssembly, SIMD/);
  await addFiles(page, samplePaths().slice(0, 2));
  await untilEncoded(page, 2);
});

/** A copy of the page of which newer versions can be published. */
function copyPage(folder) {
  cpSync(join(root, "dist"), folder, { recursive: true });
  return (version) => {
    const edit = (name, from, to) => writeFileSync(join(folder, name), readFileSync(join(folder, name), "utf8").replace(from, to));
    edit("index.html", /<title>.*<\/title>/, `<title>${version}</title>`);
    edit("service_worker.js", /version\\?":\\?"[^"\\]*/, (found) => found.replace(/[^"]*$/, version));
  };
}

/** Has the browser look for a newer version, and waits until it was fetched. */
const untilFetched = (page) => page.evaluate(async () => {
  const registration = await navigator.serviceWorker.getRegistration();
  await registration.update();
  await new Promise((resolve) => {
    const check = () => (registration.waiting && !registration.installing ? resolve() : setTimeout(check, 20));
    check();
  });
});

/** Longer than a page that is left alone needs to change to a newer version. */
const settle = (page) => page.waitForTimeout(1500);

test("a newer version takes over when the page is opened again, but never while there are images", async (t) => {
  const folder = temporaryFolder(t);
  const publish = copyPage(folder);
  publish("one");
  const { page } = await openPage(t, browser, { folder });
  await untilReady(page);
  publish("two");
  await page.reload();
  await page.waitForFunction(() => document.title === "two");
  await untilReady(page);

  await addFiles(page, samplePaths().slice(0, 1));
  await untilEncoded(page, 1);
  publish("three");
  await untilFetched(page);
  await settle(page);
  assert.equal(await page.title(), "two");
  assert.equal(await page.locator(".tile").count(), 1);
});

test("a page in which something was begun is not loaded anew", async (t) => {
  const folder = temporaryFolder(t);
  const publish = copyPage(folder);
  publish("one");
  const { page } = await openPage(t, browser, { folder });
  await untilReady(page);
  await page.reload();  // a page that was kept before looks for newer versions
  await untilReady(page);
  await page.getByRole("button", { name: "Change encoder" }).click();
  publish("two");
  await untilFetched(page);
  await settle(page);
  assert.equal(await page.title(), "one", "a dialog is open");
  await page.getByLabel("Same bits on every computer").check();
  await page.getByRole("button", { name: "Use this encoder" }).click();
  await page.getByText("encodes from now on").waitFor();
  publish("three");
  await untilFetched(page);
  await settle(page);
  assert.equal(await page.title(), "one", "another encoder was chosen");
  await page.reload();
  await page.waitForFunction(() => document.title === "three");
});

test("a newer version waits while another page of the old one is open", async (t) => {
  const folder = temporaryFolder(t);
  const publish = copyPage(folder);
  publish("one");
  const { page, context, server } = await openPage(t, browser, { folder });
  await untilReady(page);
  await addFiles(page, samplePaths().slice(0, 1));
  await untilEncoded(page, 1);
  publish("two");
  const other = await context.newPage();
  await other.goto(server.address);
  await untilReady(other);
  await untilFetched(other);
  await settle(other);
  assert.equal(await other.title(), "one");
  assert.deepEqual((await page.evaluate(() => caches.keys())).sort(), ["pith / one", "pith / two"], "nothing is taken from the page with work in it");
  await page.close();
  await other.reload();
  await other.waitForFunction(() => document.title === "two");
});

test("two copies below one address leave each other's files alone", async (t) => {
  const folder = temporaryFolder(t);
  const [first, second] = ["a", "b"].map((name) => copyPage(join(folder, name)));
  first("one");
  second("two");
  const server = await startServer({ port: 0, folder });
  const context = await browser.newContext();
  t.after(async () => {
    await context.close();
    await server.close();
  });
  const page = await context.newPage();
  for (const name of ["a", "b"]) {
    await page.goto(`${server.address}/${name}/`);
    await untilReady(page);
  }
  second("three");
  await page.reload();
  await page.waitForFunction(() => document.title === "three");
  await untilReady(page);
  assert.deepEqual((await page.evaluate(() => caches.keys())).sort(), ["pith /a/ one", "pith /b/ three"]);
  await server.close();
  await page.goto(`${server.address}/a/`);
  await untilReady(page);
  assert.equal(await page.title(), "one");
});
