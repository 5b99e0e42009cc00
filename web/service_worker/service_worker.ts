// SPDX-License-Identifier: Apache-2.0
// Keeps every file of the page, so that it works without the server. Cache first; a new version waits until no page of the
// old one is open, or until the page asks for it before any image was added.

/** Filled in by vite.config.ts. */
const manifest = JSON.parse("PITH_PRECACHE_MANIFEST") as { version: string; files: string[] };
const cacheName = `pith-${manifest.version}`;
const scope = self as unknown as ServiceWorkerGlobalScope;
const base = scope.registration.scope;

async function install(): Promise<void> {
  const cache = await caches.open(cacheName);
  // Hashed names may come from the browser's own cache; "no-cache" asks whether the others are still current.
  await cache.addAll(manifest.files.map((file) => new Request(new URL(file, base), { cache: file.startsWith("assets/") ? "default" : "no-cache" })));
}

async function activate(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("pith-") && name !== cacheName).map((name) => caches.delete(name)));
  await scope.clients.claim();
}

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  const isPage = request.mode === "navigate";
  const kept = await cache.match(isPage ? request.url.replace(/index\.html(?=$|[?#])/, "") : request, { ignoreSearch: isPage });
  return kept ?? fetch(request);
}

scope.addEventListener("install", (event) => event.waitUntil(install()));
scope.addEventListener("activate", (event) => event.waitUntil(activate()));
scope.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "GET" && request.url.startsWith(base)) event.respondWith(answer(request));
});
scope.addEventListener("message", (event) => {
  if (event.data === "activate") event.waitUntil(scope.skipWaiting());
});
