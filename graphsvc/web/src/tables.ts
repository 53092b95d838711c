/** Tables that sort by a click on a heading, and that can be copied as CSV. They are complete without this. */
const collator = new Intl.Collator("en-GB", { numeric: true, sensitivity: "base" });

function key(row: HTMLTableRowElement, column: number): string {
  const cell = row.cells[column];
  return cell?.dataset["sort"] ?? cell?.textContent?.trim() ?? "";
}

function sort(table: HTMLTableElement, column: number, heading: HTMLTableCellElement): void {
  const down = heading.getAttribute("aria-sort") === "ascending";
  for (const other of table.tHead?.rows[0]?.cells ?? []) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", down ? "descending" : "ascending");
  table.dataset["sorted"] = "";
  const body = table.tBodies[0];
  if (!body) return;
  const rows = [...body.rows].sort((a, b) => {
    const [left, right] = [key(a, column), key(b, column)];
    // What is not stated stands last, whichever way the rest is sorted.
    if (!left || !right) return left ? -1 : right ? 1 : 0;
    return (down ? -1 : 1) * collator.compare(left, right);
  });
  body.append(...rows);
}

/** The table as CSV (RFC 4180). A cell that a spreadsheet would take for a formula is defused with an apostrophe. */
export function csv(table: HTMLTableElement): string {
  const text = (cell: HTMLTableCellElement) => {
    const items = [...cell.querySelectorAll("li")].map((item) => item.textContent?.trim() ?? "");
    const whole = (items.length ? items.join(" | ") : (cell.dataset["value"] ?? cell.textContent ?? "")).replace(/\s+/g, " ").trim();
    const safe = /^[=+\-@\t]/.test(whole) && Number.isNaN(Number(whole)) ? `'${whole}` : whole;
    return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return [...table.rows].map((row) => [...row.cells].map(text).join(",")).join("\r\n");
}

/** Makes every `table[data-sortable]` of the page sort, and every copy button work. */
export function wireTables(): void {
  for (const table of document.querySelectorAll<HTMLTableElement>("table[data-sortable]")) {
    [...(table.tHead?.rows[0]?.cells ?? [])].forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => sort(table, column, heading));
    });
  }
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
    const table = document.getElementById(button.dataset["copy"] ?? "");
    if (!(table instanceof HTMLTableElement)) continue;
    button.hidden = false;
    const label = button.textContent;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(csv(table));
        button.textContent = "Copied";
      } catch {
        button.textContent = "This browser does not let pages copy";
      }
      setTimeout(() => (button.textContent = label), 2500);
    });
  }
}
