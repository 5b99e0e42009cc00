// SPDX-License-Identifier: Apache-2.0
import { runJob } from "./browser_host.mjs";

self.onmessage = async ({ data }) => {
  try {
    self.postMessage({ value: await runJob(data) });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};
