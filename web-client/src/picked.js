// What was dropped: files, and all files in folders, by the names they have below them.

const MOST = 10_000; // files of one drop

export async function picked(transfer) {
  const found = [];
  // Entries have to be taken before the first wait: afterwards the drop is over.
  const entries = Array.from(transfer.items, (one) => one.webkitGetAsEntry?.() ?? null);
  if (entries.every((one) => one === null)) {
    return Array.from(transfer.files, (file) => ({ file, name: file.name }));
  }
  for (const entry of entries) if (entry) await walk(entry, found);
  return found;
}

async function walk(entry, found) {
  if (found.length >= MOST) return;
  if (entry.isFile) {
    const file = await new Promise((resolve) => entry.file(resolve, () => resolve(null)));
    if (file) found.push({ file, name: entry.fullPath.replace(/^\//, "") });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (some.length === 0) return; // it gives a hundred at a time
    for (const one of some) await walk(one, found);
  }
}
