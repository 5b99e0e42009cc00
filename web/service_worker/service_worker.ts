// SPDX-License-Identifier: Apache-2.0
// Keeps every file of the page, so that it works without the server; large models beside it only once they were chosen. Cache
// first; a new version waits until no page of the old one is open, or until the only page asks for it before any image was added.

/** Filled in by vite.config.ts. */
const manifest = JSON.parse("PITH_PRECACHE_MANIFEST") as { version: string; files: string[]; later: string[] };
const scope = self as unknown as ServiceWorkerGlobalScope;
const base = scope.registration.scope;
/** Of this page alone: others of the same origin keep theirs. No path has a space. */
const cachePrefix = `pith ${new URL(base).pathname} `;
const cacheName = cachePrefix + manifest.version;
const later = new Set(manifest.later.map((file) => new URL(file, base).href));

async function install(): Promise<void> {
  const cache = await caches.open(cacheName);
  // Hashed names may come from the browser's own cache; "no-cache" asks whether the others are still current.
  await cache.addAll(manifest.files.map((file) => new Request(new URL(file, base), { cache: file.startsWith("assets/") ? "default" : "no-cache" })));
  // What an older version kept of the models need not be fetched again: their names carry a hash.
  for (const url of later) {
    const kept = await caches.match(url);
    // Where there is no room for it twice, the model is fetched again, and the new version comes all the same.
    if (kept) await cache.put(url, kept).catch(() => {});
  }
}

async function activate(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(cachePrefix) && name !== cacheName).map((name) => caches.delete(name)));
  await scope.clients.claim();
}

/** Another page of the old version may have work in it, and would lose the files that belong to it. */
async function takeOverWhereAlone(): Promise<void> {
  const windows = await scope.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (windows.filter(({ url }) => url.startsWith(base)).length <= 1) await scope.skipWaiting();
}

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  const isPage = request.mode === "navigate";
  const kept = await cache.match(isPage ? request.url.replace(/index\.html(?=$|[?#])/, "") : request, { ignoreSearch: isPage });
  if (kept) return kept;
  const response = await fetch(request);
  // Where there is no room for it, the model is fetched again the next time.
  if (response.ok && later.has(request.url)) await cache.put(request, response.clone()).catch(() => {});
  return response;
}

scope.addEventListener("install", (event) => event.waitUntil(install()));
scope.addEventListener("activate", (event) => event.waitUntil(activate()));
scope.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "GET" && request.url.startsWith(base)) event.respondWith(answer(request));
});
scope.addEventListener("message", (event) => {
  if (event.data === "activate") event.waitUntil(takeOverWhereAlone());
});
