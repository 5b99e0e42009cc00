// SPDX-License-Identifier: Apache-2.0
// After the first load the server may disappear.
import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
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

test("a newer version takes over when the page is opened again, but never while there are images", async (t) => {
  const folder = temporaryFolder(t);
  cpSync(join(root, "dist"), folder, { recursive: true });
  const publish = (version) => {
    const edit = (name, from, to) => writeFileSync(join(folder, name), readFileSync(join(folder, name), "utf8").replace(from, to));
    edit("index.html", /<title>.*<\/title>/, `<title>${version}</title>`);
    edit("service_worker.js", /version\\?":\\?"[^"\\]*/, (found) => found.replace(/[^"]*$/, version));
  };
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
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    await registration.update();
    await new Promise((resolve) => {
      const check = () => (registration.waiting ? resolve() : setTimeout(check, 20));
      check();
    });
  });
  assert.equal(await page.title(), "two");
  assert.equal(await page.locator(".tile").count(), 1);
});
