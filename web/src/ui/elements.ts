// SPDX-License-Identifier: Apache-2.0
// Small helpers for widgets, whose markup stands in index.html.

/** The one element below `root` that matches. Its absence is a mistake in index.html. */
export function find<T extends Element = HTMLElement>(root: ParentNode, selector: string): T {
  const element = root.querySelector<T>(selector);
  if (!element) throw new Error(`index.html has no ${selector}`);
  return element;
}

export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** `dt` and `dd` for each pair whose second part is not empty. */
export function describe(list: HTMLElement, facts: [term: string, text: string][]): void {
  list.replaceChildren(...facts.filter(([, text]) => text !== "").flatMap(([term, text]) => {
    const title = document.createElement("dt");
    title.textContent = term;
    const content = document.createElement("dd");
    content.textContent = text;
    return [title, content];
  }));
}
