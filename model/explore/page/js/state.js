// The address is the state: #/view/part/part?filter=…; whoever gets the address sees the same.

export const FILTERS = ["from", "to", "side", "attitude", "source", "min_confidence"];

export function parse(hash) {
  const [path, query = ""] = (hash.replace(/^#\/?/, "") || "").split("?");
  return { parts: path.split("/").filter(Boolean).map(decode), query: new URLSearchParams(query) };
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // an address typed by hand, with a lone %
  }
}

export function address(parts, query = {}) {
  const given = query instanceof URLSearchParams ? query : new URLSearchParams(Object.entries(query).flatMap(
    ([name, value]) => (Array.isArray(value) ? value.map((each) => [name, each]) : value === null || value === "" || value === undefined ? [] : [[name, value]])));
  const text = given.toString();
  return `#/${parts.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

/** The part of a query that says which stances count; the rest is of one view. */
export function filtersOf(query) {
  const found = new URLSearchParams();
  for (const name of FILTERS) for (const value of query.getAll(name)) if (value) found.append(name, value);
  return found;
}
