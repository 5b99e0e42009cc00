// SPDX-License-Identifier: Apache-2.0
// Where the focus goes when what has it goes away, so that whoever works by keyboard does not begin at the top again.
import { find } from "./elements";

/** Focuses the first that can have the focus now, or else the images. */
export function focusFirst(...heirs: (Element | null)[]): void {
  for (const heir of heirs) {
    if (!(heir instanceof HTMLElement) || heir === document.body) continue;
    heir.focus();
    if (document.activeElement === heir) return;
  }
  find(document, "#images").focus({ preventScroll: true });
}

/**
 * To be called after the page has changed. What counts the images stands for all that comes and goes beside and below it.
 * @param before  what had the focus before
 */
export function keepFocus(before: Element | null): void {
  const { activeElement, body } = document;
  const isGone = before !== null && before !== body && before.getClientRects().length === 0;
  const isLost = activeElement === before || activeElement === body || activeElement === null;
  if (!isGone || !isLost) return;
  const progress = document.querySelector("pith-progress");
  const counterparts = before.closest("pith-progress") ? ["resume", "stop"].map((action) => document.querySelector(`[data-action=${action}]`)) : [];
  focusFirst(...counterparts, before.closest(".side") ? progress : null);
}
