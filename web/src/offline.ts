// SPDX-License-Identifier: Apache-2.0
// The page's end of the service worker.

/** Resolves when the worker has reached the state; rejects where it never will. */
function untilState(worker: ServiceWorker, state: ServiceWorkerState): Promise<void> {
  return new Promise((resolve, reject) => {
    const check = () => {
      if (worker.state === state) resolve();
      else if (worker.state === "redundant") reject(new Error("The files could not be kept."));
    };
    worker.addEventListener("statechange", check);
    check();
  });
}

/** Changes to a newer version of the page, where nothing would be lost by loading it anew. */
async function adopt(newer: ServiceWorker, isUntouched: () => boolean): Promise<void> {
  if (newer.state === "installing") await untilState(newer, "installed");
  if (!isUntouched()) return;
  // Asked again, since something may have been begun by the time that it has taken over.
  navigator.serviceWorker.addEventListener("controllerchange", () => { if (isUntouched()) location.reload(); }, { once: true });
  newer.postMessage("activate");
}

/**
 * Keeps the page for use without the server.
 * @param isUntouched  whether the page may be loaded anew because there is a newer version
 * @returns            whether everything is kept; false where the browser or the way the page was opened does not allow it
 */
export async function keepForOfflineUse(isUntouched: () => boolean): Promise<boolean> {
  if (!("serviceWorker" in navigator) || !location.protocol.startsWith("http")) return false;
  try {
    const registration = await navigator.serviceWorker.register("service_worker.js");
    if (registration.active) {
      const newer = registration.waiting ?? registration.installing;
      if (newer) void adopt(newer, isUntouched).catch(() => {});
      registration.addEventListener("updatefound", () => void adopt(registration.installing!, isUntouched).catch(() => {}));
      return true;
    }
    const first = registration.installing ?? registration.waiting;
    if (first) await untilState(first, "activated");
    return true;
  } catch {
    return false;
  }
}
