// Files and folders dropped anywhere on the page.

/** Call `take(items)` with all files of a drop, `{ file, folder }` each, or `{ name, folder, problem }` for what the browser cannot open. */
export function startDropping(take) {
  const mark = (on) => document.body.classList.toggle("vb-dropping", on);
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
  handle("dragenter", () => mark(true));
  handle("dragleave", (event) => event.relatedTarget || mark(false)); // what is entered instead: nothing outside the page
  handle("dragover", (event) => {
    event.dataTransfer.dropEffect = "copy";
    mark(true);
  });
  handle("drop", async ({ dataTransfer }) => {
    mark(false);
    // Both must be taken before the first wait: afterwards the browser has emptied them.
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
      found.push({ file: await new Promise((take, fail) => entry.file(take, fail)), folder });
      return;
    }
    const inside = folder ? `${folder}/${entry.name}` : entry.name;
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((take, fail) => reader.readEntries(take, fail)); // about a hundred at a time
      if (!some.length) return;
      for (const child of some) await walk(child, inside, found);
    }
  } catch {
    found.push({ name: entry.name, folder, problem: "The browser cannot open it." });
  }
}
