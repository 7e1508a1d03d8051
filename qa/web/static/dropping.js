// Files and folders dropped anywhere on the page.

/** Call `take(items)` with all files of a drop, `{ file, folder }` each, or `{ name, folder, problem }` for what the browser cannot open. */
export function startDropping(take) {
  const highlight = (on) => document.body.classList.toggle("vb-dropping", on);
  const carriesFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  const handle = (name, action) =>
    document.addEventListener(
      name,
      (event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        event.stopPropagation();
        action(event);
      },
      true,
    );
  handle("dragenter", () => highlight(true));
  handle("dragleave", (event) => event.relatedTarget || highlight(false)); // null where the pointer leaves the page
  handle("dragover", (event) => {
    event.dataTransfer.dropEffect = "copy";
    highlight(true);
  });
  handle("drop", async ({ dataTransfer }) => {
    highlight(false);
    // Both must be read before the first await: afterwards the browser has emptied them.
    const entries = [...dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const files = [...dataTransfer.files];
    const found = [];
    for (const entry of entries) await walk(entry, "", found);
    take(entries.length ? found : files.map((file) => ({ file, folder: "" })));
  });
}

async function walk(entry, folder, found) {
  if (folder && entry.name.startsWith(".")) return;
  try {
    if (entry.isFile) {
      found.push({ file: await new Promise((resolve, reject) => entry.file(resolve, reject)), folder });
      return;
    }
    const inside = folder ? `${folder}/${entry.name}` : entry.name;
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // about a hundred at a time
      if (!some.length) return;
      for (const child of some) await walk(child, inside, found);
    }
  } catch {
    found.push({ name: entry.name, folder, problem: "The browser cannot open this file." });
  }
}
