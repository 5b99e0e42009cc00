// SPDX-License-Identifier: Apache-2.0
// The page's end of the service worker.

async function activeWorker(registration: ServiceWorkerRegistration): Promise<void> {
  const worker = registration.active ?? registration.waiting ?? registration.installing;
  if (!worker || worker.state === "activated") return;
  await new Promise<void>((resolve, reject) => {
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated") resolve();
      if (worker.state === "redundant") reject(new Error("The files could not be kept."));
    });
  });
}

/**
 * Keeps the page for use without the server.
 * @param isUntouched  whether the page may be loaded anew because a newer version is waiting
 * @returns            whether everything is kept; false where the browser or the way the page was opened does not allow it
 */
export async function keepForOfflineUse(isUntouched: () => boolean): Promise<boolean> {
  if (!("serviceWorker" in navigator) || !location.protocol.startsWith("http")) return false;
  try {
    const registration = await navigator.serviceWorker.register("service_worker.js");
    if (registration.waiting && registration.active && isUntouched()) {
      navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
      registration.waiting.postMessage("activate");
      return true;
    }
    await activeWorker(registration);
    return true;
  } catch {
    return false;
  }
}
