/**
 * GraphiQL marks each item of its row of tabs as a tab and puts buttons into it, which assistive technology cannot reach
 * there. Here the row is what it is, a list of buttons of which one is current.
 */
function mend(): void {
  for (const row of document.querySelectorAll('.graphiql-tabs[role="tablist"]')) row.removeAttribute("role");
  for (const item of document.querySelectorAll(".graphiql-tab")) {
    for (const name of ["role", "aria-selected"]) if (item.hasAttribute(name)) item.removeAttribute(name);
    const current = String(item.classList.contains("graphiql-tab-active"));
    const button = item.querySelector(".graphiql-tab-button");
    if (button?.getAttribute("aria-current") !== current) button?.setAttribute("aria-current", current);
  }
}

/** Keeps the row of tabs in order while the page lives. */
export function mendTabs(root: HTMLElement): void {
  new MutationObserver(mend).observe(root, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ["aria-selected", "role", "class"],
  });
}
