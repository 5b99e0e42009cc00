// SPDX-License-Identifier: Apache-2.0
// A short message at the bottom of the page, with at most one action. It stays until the next one, or until it is closed.
import { focusFirst } from "./focus";

export class Notices extends HTMLElement {
  /** What had the focus when the message came. */
  #before: Element | null = null;

  show(text: string, action?: { label: string; run: () => void }): void {
    const message = document.createElement("p");
    message.textContent = text;
    const buttons: HTMLButtonElement[] = [];
    if (action) buttons.push(this.#button(action.label, "strong", action.run));
    buttons.push(this.#button("Close", "quiet", () => {}));
    const hasFocus = this.contains(document.activeElement);
    if (!hasFocus) this.#before = document.activeElement;
    this.#place(message, ...buttons);
    if (hasFocus) buttons.at(-1)!.focus();
  }

  /** What is being done, until it is done; a message that is there stays. Only the first words are read aloud, not each count. */
  showProgress(text: string, count: string): void {
    const shown = this.querySelector(".notice-count");
    if (shown) shown.textContent = count;
    if (this.firstChild) return;
    const message = document.createElement("p");
    const place = document.createElement("span");
    place.className = "notice-count";
    place.setAttribute("aria-live", "off");
    place.textContent = count;
    message.append(`${text} `, place);
    this.#place(message);
  }

  endProgress(): void {
    if (this.querySelector(".notice-count")) this.replaceChildren();
  }

  hide(): void {
    const hasFocus = this.contains(document.activeElement);
    this.replaceChildren();
    if (hasFocus) focusFirst(this.#before, document.querySelector(".tile[tabindex='0']"));
  }

  #place(...content: HTMLElement[]): void {
    const notice = document.createElement("div");
    notice.className = "notice";
    notice.append(...content);
    this.replaceChildren(notice);
  }

  #button(label: string, className: string, run: () => void): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = className;
    button.textContent = label;
    button.addEventListener("click", () => {
      this.hide();
      run();
    });
    return button;
  }
}

customElements.define("pith-notices", Notices);
