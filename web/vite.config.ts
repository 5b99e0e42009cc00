// SPDX-License-Identifier: Apache-2.0
// Bundles the page into dist/: hashed assets, one classic worker script, and a service worker that knows every file.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { licenceTexts } from "../tools/setup/licences.mjs";
import { contentSecurityPolicy } from "./content_security_policy.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const engine = (variant: string) => join(root, `build/wasm-${variant}/src/bindings/pith_wasm`);

/** The policy as a meta tag, and as a `_headers` file for static hosts that read one. */
function securityPolicy(): Plugin {
  return {
    name: "pith-security-policy",
    transformIndexHtml: () => [{
      tag: "meta",
      attrs: { "http-equiv": "Content-Security-Policy", content: contentSecurityPolicy({ asHeader: false }) },
      injectTo: "head-prepend",
    }],
    generateBundle() {
      const policy = contentSecurityPolicy({ asHeader: true });
      this.emitFile({ type: "asset", fileName: "_headers", source: `/*\n  Content-Security-Policy: ${policy}\n  X-Content-Type-Options: nosniff\n` });
      this.emitFile({ type: "asset", fileName: "licences.txt", source: licenceTexts() });
    },
  };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder).sort().flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

/** Writes the list of all files, and a hash over them, into the finished service worker. */
function precacheManifest(): Plugin {
  return {
    name: "pith-precache-manifest",
    closeBundle() {
      const script = join(dist, "service_worker.js");
      const files = filesBelow(dist).filter((path) => path !== script && !path.endsWith("_headers"));
      const hash = createHash("sha256");
      const urls = files.map((path) => relative(dist, path).replaceAll("\\", "/"));
      files.forEach((path, index) => hash.update(urls[index]!).update(readFileSync(path)));
      const manifest = { version: hash.digest("hex").slice(0, 16), files: ["./", ...urls.filter((url) => url !== "index.html")] };
      const text = readFileSync(script, "utf8");
      const filled = text.replace(/["'`]PITH_PRECACHE_MANIFEST["'`]/, () => JSON.stringify(JSON.stringify(manifest)));
      if (filled === text) throw new Error("the service worker has no place for the list of files");
      writeFileSync(script, filled);
    },
  };
}

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  resolve: { alias: { "pith-engine/simd": `${engine("simd")}.js`, "pith-engine/relaxed": `${engine("relaxed")}.js` } },
  plugins: [securityPolicy(), precacheManifest()],
  worker: { format: "iife" },
  build: {
    outDir: dist,
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // a data: URL could not be fetched under the policy
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      input: {
        index: fileURLToPath(new URL("index.html", import.meta.url)),
        service_worker: fileURLToPath(new URL("service_worker/service_worker.ts", import.meta.url)),
      },
      output: {
        entryFileNames: (chunk) => (chunk.name === "service_worker" ? "service_worker.js" : "assets/[name]-[hash].js"),
      },
    },
  },
});
