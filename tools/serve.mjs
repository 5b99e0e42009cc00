// SPDX-License-Identifier: Apache-2.0
// A static server for dist/: nothing but GET and HEAD, nothing but files that are there. `node tools/serve.mjs` serves on PORT
// (8080), and so does `npm start`. Only this computer can reach it, unless HOST names another address to listen at.
import { createReadStream, existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { isIPv6 } from "node:net";
import { dirname, extname, join, normalize, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { contentSecurityPolicy } from "../web/content_security_policy.mjs";

const dist = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");

const mediaTypes = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".wasm": "application/wasm",
};

const commonHeaders = {
  "Content-Security-Policy": contentSecurityPolicy({ asHeader: true }),
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/** The file that a request's path names, or null where it names none below `folder`. */
async function fileOf(folder, url) {
  let path;
  try {
    path = decodeURIComponent(new URL(url, "http://localhost").pathname);
  } catch {
    return null;
  }
  if (path.includes("\0")) return null;
  const file = normalize(join(folder, path.endsWith("/") ? `${path}index.html` : path));
  if (!file.startsWith(folder + sep)) return null;
  const found = await stat(file).catch(() => null);
  return found?.isFile() ? { file, sizeBytes: found.size } : null;
}

async function answer(folder, request, response) {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { ...commonHeaders, Allow: "GET, HEAD" }).end();
    return;
  }
  const found = await fileOf(folder, request.url);
  if (!found) {
    response.writeHead(404, { ...commonHeaders, "Content-Type": "text/plain" }).end("There is no such file.\n");
    return;
  }
  // Names in assets/ carry a hash of their content; everything else is asked for again.
  const isHashed = found.file.startsWith(join(folder, "assets") + sep);
  response.writeHead(200, {
    ...commonHeaders,
    "Content-Type": mediaTypes[extname(found.file)] ?? "application/octet-stream",
    "Content-Length": found.sizeBytes,
    "Cache-Control": isHashed ? "public, max-age=31536000, immutable" : "no-cache",
  });
  if (request.method === "HEAD") response.end();
  else createReadStream(found.file).on("error", () => response.destroy()).pipe(response);
}

/** Where a browser on this computer reaches a server that listens at `host`. */
function addressOf(host, port) {
  const isLocal = ["127.0.0.1", "::1", "0.0.0.0", "::"].includes(host);
  return `http://${isLocal ? "localhost" : isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/**
 * Serves a folder until the server is closed.
 * @param {{port?: number, host?: string, folder?: string, onRequest?: (path: string) => void}} options port 0 takes a free one
 * @returns {Promise<{address: string, close: () => Promise<void>}>}
 */
export function startServer({ port = 8080, host = process.env.HOST || "127.0.0.1", folder = dist, onRequest = () => {} } = {}) {
  const server = createServer((request, response) => {
    onRequest(request.url);
    answer(folder, request, response).catch(() => response.destroy());
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      const close = () => new Promise((done) => { server.close(done); server.closeAllConnections(); });
      resolve({ address: addressOf(host, server.address().port), close });
    });
  });
}

/** The same, for callers that only want the address. */
export async function serve(options) {
  if (!existsSync(join(options?.folder ?? dist, "index.html"))) throw new Error("dist/ is missing: run `npm start`, which builds it.");
  return (await startServer(options)).address;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(await serve({ port: Number(process.env.PORT ?? 8080) }));
}
