// SPDX-License-Identifier: Apache-2.0
// The drawn films in samples/, so that the page can be tried without a patient's image.

const urls = import.meta.glob<string>(["../../samples/*", "!../../samples/*.{md,py,txt,json}"], { query: "?url", import: "default", eager: true });

/** @throws where a sample cannot be fetched */
export function fetchSamples(): Promise<File[]> {
  return Promise.all(Object.entries(urls).map(async ([path, url]) => {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`The server answered ${response.status}.`);
    return new File([await response.blob()], path.slice(path.lastIndexOf("/") + 1), { lastModified: 0 });
  }));
}
