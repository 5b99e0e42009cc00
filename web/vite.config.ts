// SPDX-License-Identifier: Apache-2.0
// Bundles the page into dist/: hashed assets, one classic worker script, and a service worker that knows every file.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { licenceTexts } from "../tools/setup/licences.mjs";
import { defaultPackage } from "../tools/setup/models.mjs";
import { contentSecurityPolicy } from "./content_security_policy.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Folders of model packages beside the page. The first is fetched with it, the others when they are chosen. */
const packages: string[] = [defaultPackage, ...(JSON.parse(process.env.PITH_PAGE_MODELS ?? "[]") as string[])];
/** Where the files of those others go, so that the service worker can tell them apart. */
const laterFolder = "assets/models/";
const moduleOf = (variant: string, name: string) => join(root, `build/wasm-${variant}/src/bindings/${name}.js`);

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

const manifestOf = (folder: string) => readFileSync(join(folder, "manifest.json"), "utf8");
const describedIn = (folder: string) => JSON.parse(manifestOf(folder)) as { file: string; sha256: string };
/** Of packages with the same bytes, the first one's file; where links end, since that is what the bundler calls it. */
function modelFileOf(folder: string): string {
  const { sha256 } = describedIn(folder);
  const first = packages.find((other) => describedIn(other).sha256 === sha256)!;
  return realpathSync(join(first, describedIn(first).file));
}
/** Which are fetched when they are chosen. */
const laterFiles = new Set(packages.map(modelFileOf));
laterFiles.delete(modelFileOf(defaultPackage));

/** The module "pith-encoders": each package's manifest as text, and where its model file can be fetched. */
function encoderPackages(): Plugin {
  const id = "\0pith-encoders";
  return {
    name: "pith-encoder-packages",
    resolveId: (source) => (source === "pith-encoders" ? id : null),
    load(asked) {
      if (asked !== id) return null;
      const imports = packages.map((folder, index) => `import url${index} from ${JSON.stringify(`${modelFileOf(folder)}?url`)};`);
      const entries = packages.map((folder, index) => `{ manifest: ${JSON.stringify(manifestOf(folder))}, url: url${index} }`);
      return `${imports.join("\n")}\nexport const packages = [${entries.join(", ")}];`;
    },
  };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder).sort().flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

/** Writes the list of all files, and a hash over them, into the finished service worker; `later` are kept once they were used. */
function precacheManifest(): Plugin {
  let dist = "";
  return {
    name: "pith-precache-manifest",
    configResolved(config) {
      dist = resolve(config.root, config.build.outDir);
    },
    closeBundle() {
      const script = join(dist, "service_worker.js");
      const files = filesBelow(dist).filter((path) => path !== script && !path.endsWith("_headers"));
      const hash = createHash("sha256");
      const urls = files.map((path) => relative(dist, path).replaceAll("\\", "/"));
      files.forEach((path, index) => hash.update(urls[index]!).update(readFileSync(path)));
      const isLater = (url: string) => url.startsWith(laterFolder);
      const manifest = {
        version: hash.digest("hex").slice(0, 16),
        files: ["./", ...urls.filter((url) => url !== "index.html" && !isLater(url))],
        later: urls.filter(isLater),
      };
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
  resolve: {
    alias: {
      "pith-engine/simd": moduleOf("simd", "pith_engine"),
      "pith-engine/relaxed": moduleOf("relaxed", "pith_engine"),
      "pith-engine/container": moduleOf("simd", "pith_container"),
    },
  },
  plugins: [securityPolicy(), encoderPackages(), precacheManifest()],
  worker: { format: "iife" },
  build: {
    outDir: join(root, "dist"),
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
        assetFileNames: ({ originalFileNames }) => {
          const isLater = originalFileNames.some((name) => laterFiles.has(resolve(root, "web", name)));
          return `${isLater ? laterFolder : "assets/"}[name]-[hash][extname]`;
        },
        entryFileNames: (chunk) => (chunk.name === "service_worker" ? "service_worker.js" : "assets/[name]-[hash].js"),
      },
    },
  },
});
