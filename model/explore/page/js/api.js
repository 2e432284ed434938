// Questions to the API that this page came with.

const KEY = "standpoint-key";
let base = new URL("./", document.baseURI);

export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** The answer to GET /parts?query. Raises Problem, with what the API says of it. */
export async function get(parts, query = new URLSearchParams(), signal = undefined) {
  const address = new URL(parts.map(encodeURIComponent).join("/"), base);
  address.search = query.toString();
  const key = sessionStorage.getItem(KEY);
  let response;
  try {
    response = await fetch(address, { signal, headers: key ? { "X-Api-Key": key } : {} });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "The server does not answer. Is it still running?");
  }
  if (response.ok) return response.json();
  let detail = response.statusText;
  try {
    detail = (await response.json()).detail ?? detail;
  } catch { /* a proxy's error page, say: the status is all there is to tell */ }
  throw new Problem(response.status, detail);
}

export function rememberKey(key) {
  sessionStorage.setItem(KEY, key);
}
