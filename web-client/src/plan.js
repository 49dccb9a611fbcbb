// How a file is cut and called. Pure: no page, no network.

const MIB = 1024 * 1024;
export const PART = 8 * MIB; // the least that is sent as a part; S3 wants 5 MiB
const MOST_PARTS = 10_000; // of one upload, as S3 has it

// How long the parts of a file are; all but its last are.
export const partSize = (size) => Math.max(PART, Math.ceil(size / MOST_PARTS / MIB) * MIB);

// The parts of a file: number, first byte, and the byte behind the last.
export const partsOf = (size, step) =>
  Array.from({ length: Math.ceil(size / step) }, (_, place) => ({
    number: place + 1, start: place * step, end: Math.min(size, (place + 1) * step),
  }));

// "a/plan.tar.gz" for the second time is "a/plan (2).tar.gz".
export const numbered = (name, count) => {
  if (count < 2) return name;
  const [, stem, ending] = name.match(/^(.*?[^/])((?:\.tar)?\.[^./\s]{1,12})?$/su) ?? [name, name, ""];
  return `${stem} (${count})${ending ?? ""}`;
};

// Whether a file of this name and type is asked for. S3 judges; this only says so sooner.
export const fits = (types, name, type) =>
  types.length === 0 ||
  types.some((one) => {
    if (one.startsWith(".")) return name.toLowerCase().endsWith(one);
    const said = type.split(";")[0].trim().toLowerCase();
    return one.endsWith("/*") ? said.startsWith(one.slice(0, -1)) : said === one;
  });

// A number of bytes, as the server's pages say it: "512 B", "20.6 MB".
export const amount = (count, point) => {
  if (count < 1000) return `${count} B`;
  const units = ["kB", "MB", "GB", "TB", "PB", "EB"];
  let value = count / 1000;
  let place = 0;
  while (value >= 999.95 && place < units.length - 1) {
    value /= 1000;
    place += 1;
  }
  return `${value.toFixed(value < 99.95 ? 1 : 0).replace(".", point)} ${units[place]}`;
};

// Base64, as S3 writes a checksum, in the digits that people compare.
export const digits = (base64) =>
  Array.from(atob(base64), (one) => one.charCodeAt(0).toString(16).padStart(2, "0")).join("");
