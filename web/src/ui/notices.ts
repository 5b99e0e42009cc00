// SPDX-License-Identifier: Apache-2.0
// A short message at the bottom of the page, with at most one action. It stays until the next one, or until it is closed.

export class Notices extends HTMLElement {
  show(text: string, action?: { label: string; run: () => void }): void {
    const message = document.createElement("p");
    message.textContent = text;
    const buttons: HTMLButtonElement[] = [];
    if (action) buttons.push(this.#button(action.label, "strong", action.run));
    buttons.push(this.#button("Close", "quiet", () => {}));
    const notice = document.createElement("div");
    notice.className = "notice";
    notice.append(message, ...buttons);
    this.replaceChildren(notice);
  }

  hide(): void {
    this.replaceChildren();
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
