// Which documents of the list are shown, in what order, and what their folders are called there.
import { el } from "./dom.js";

export const COLUMNS = [
  { name: "Title", field: "title" },
  { name: "Kind", field: "kind" },
  { name: "Passages", field: "passages", number: true },
  { name: "Characters", field: "characters", number: true },
  { name: "File size", field: "bytes", number: true },
  { name: "Added", field: "added" },
  { name: "SHA-256" },
  { name: "Actions" },
];

const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Everything a filter looks at, as it looks at it. */
export function searchable({ title, name, folder, kind, id, hash }) {
  return plain(`${title}\n${folder}/${name}\n${kind}\n${id}\n${hash}`);
}

export function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** The documents that hold all these words, ordered by a column. */
export function matching(documents, words, { field, down }) {
  const found = documents.filter((document) => words.every((word) => document.found.includes(word)));
  const sign = down ? -1 : 1;
  const text = typeof found[0]?.[field] === "string" && field !== "added";
  return found.sort((one, two) => {
    const [a, b] = [one[field], two[field]];
    if (a === null || b === null) return (a === null) - (b === null); // what nobody knows comes last
    return sign * (text ? order.compare(a, b) : a < b ? -1 : a > b ? 1 : 0) || order.compare(one.title, two.title);
  });
}

/** The two ways to sort by a column, for where there are no columns. */
export function sortOptions({ name, field, number }) {
  const [least, most_] = number ? [", smallest first", ", largest first"] : field === "added" ? [", oldest first", ", newest first"] : ["", ", from Z to A"];
  const up = el("option", "", `By ${name.toLowerCase()}${least}`);
  up.value = field;
  const down = el("option", "", `By ${name.toLowerCase()}${most_}`);
  down.value = `-${field}`;
  return [up, down];
}

/** Each folder by as much of its path as is not the same for all of them. */
export function nameFolders(documents) {
  const paths = [...new Set(documents.map(({ folder }) => folder))].sort(order.compare);
  const split = paths.filter(Boolean).map((path) => path.split("/"));
  let same = 0;
  while (split.length && split.every((parts_) => parts_.length > same + 1 && parts_[same] === split[0][same])) same += 1;
  return new Map(paths.map((path) => [path, path ? path.split("/").slice(same).join("/") : "Uploaded one by one"]));
}
