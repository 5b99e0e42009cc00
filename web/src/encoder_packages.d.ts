// SPDX-License-Identifier: Apache-2.0
// The model packages beside the page; vite.config.ts makes this module. The first one is in use until another is chosen.
declare module "pith-encoders" {
  export const packages: { manifest: string; url: string }[];
}
