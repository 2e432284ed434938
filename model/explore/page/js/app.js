// The page: an address becomes questions, and their answers a view.

import { Problem, get, rememberKey } from "./api.js";
import { articleView } from "./article.js";
import { h, say, show } from "./dom.js";
import { entityView } from "./entity.js";
import { filterForm } from "./filters.js";
import { count, polarityWords } from "./labels.js";
import { articleItem, entityItem, foundView, growing, startView } from "./lists.js";
import { matrix } from "./matrix.js";
import { network } from "./network.js";
import { stanceList } from "./stances.js";
import { address, filtersOf, parse } from "./state.js";
import { timeline } from "./timeline.js";

const main = document.getElementById("main");
const ORDERS = [["stances", "most stances first"], ["cluster", "alike together"], ["polarity", "support first"], ["name", "by name"]];
const KINDS = [["congruence", "who agrees"], ["conflict", "who disagrees"], ["subtract", "agreement less conflict"]];
const NORMALISATIONS = [["no", "counts"], ["average", "by average activity"], ["jaccard", "Jaccard"], ["cosine", "cosine"]];
const MODES = [["actors", "actors"], ["targets", "targets"], ["two-mode", "actors and targets"]];
const POINTS = 10000; // of a pair, drawn at once
let asking = new AbortController();

const VIEWS = {
  start, articles: (state, ask) => list(state, ask, "articles", articleItem), actors: (state, ask) => list(state, ask, "actors", entityItem("actor")),
  targets: (state, ask) => list(state, ask, "targets", entityItem("target")), article, actor: (state, ask) => entity(state, ask, "actor"),
  target: (state, ask) => entity(state, ask, "target"), pair, matrix: matrixView, network: networkView, search,
};

async function start(_, ask) {
  const six = new URLSearchParams({ limit: "6" });
  const [articles, actors, targets] = await Promise.all([ask(["articles"], six), ask(["actors"], six), ask(["targets"], six)]);
  return { title: "Who stands where", draw: (element) => startView(element, { articles, actors, targets }) };
}

async function list(state, ask, name, item) {
  const query = filtersOf(state.query);
  const page = (answer) => ({ rows: answer[name], next: answer.next });
  const first = page(await ask([name], query));
  const more = async (cursor) => page(await ask([name], new URLSearchParams([...query, ["cursor", cursor]])));
  const title = { articles: "Articles", actors: "Actors", targets: "Targets" }[name];
  return { title, filters: { labels: name !== "articles" }, draw: (element) => show(element, h("h1", {}, title),
    first.rows.length ? growing(item, first, more) : h("p", { class: "empty" }, "Nothing fits. Widen the period or lower the confidence.")) };
}

async function article(state, ask) {
  const reading = await ask(["articles", state.parts[1]]);
  return { title: reading.title || reading.article_id, draw: (element) => articleView(element, reading) };
}

async function entity(state, ask, role) {
  const query = filtersOf(state.query);
  query.set("limit", "500");
  const data = await ask([`${role}s`, state.parts[1], "stances"], query);
  return { title: data[role].name, filters: {}, draw: (element) => entityView(element, data, role, query) };
}

async function pair(state, ask) {
  const query = filtersOf(state.query);
  query.set("limit", "500");
  const data = await wholePair(ask, ["pairs", state.parts[1], state.parts[2]], query);
  return { title: `${data.actor.name} toward ${data.target.name}`, filters: {}, draw: (element) => timeline(element, data) };
}

/** A pair's points, page after page, POINTS at most, with the changes of side between the pages too. */
async function wholePair(ask, parts, query) {
  let data = await ask(parts, query);
  while (data.next && data.points.length < POINTS) {
    query.set("cursor", data.next);
    const more = await ask(parts, query);
    const sided = (point) => point.side !== "neutral";
    const [before, index] = [data.points.findLast(sided), more.points.findIndex(sided)];
    const after = more.points[index];
    const between = before && after && before.side !== after.side
      ? [{ at: after.published_at, index, from_attitude: before.attitude, to_attitude: after.attitude, from_side: before.side, to_side: after.side }] : [];
    const shifts = [...between, ...more.shifts].map((shift) => ({ ...shift, index: shift.index + data.points.length }));
    data = { ...more, points: [...data.points, ...more.points], shifts: [...data.shifts, ...shifts] };
  }
  return data;
}

async function matrixView(state, ask) {
  const query = filtersOf(state.query);
  for (const name of ["actors", "targets", "limit"]) for (const value of state.query.getAll(name)) query.append(name, value);
  const data = await ask(["matrix"], query);
  const draw = (element) => {
    const holder = h("div"), opened = h("section", { class: "opened", "aria-live": "polite", tabindex: -1 });
    show(element, h("h1", {}, "Who stands where on what"),
      h("p", { class: "soft" }, `${count(data.actors.length, "actor")} by ${count(data.targets.length, "target")} with most stances. Blue with + supports, orange with − opposes, ± is mixed; size: sentences; pale: uncertain.`), holder, opened);
    matrix(holder, data, { order: state.query.get("order") ?? "stances", onCell: async (cell, actor, target) => {
      show(opened, h("p", { class: "soft" }, "…"));
      const found = await ask(["pairs", actor.id, target.id], filtersOf(state.query));
      show(opened, h("h2", {}, `${actor.name} toward ${target.name}: ${polarityWords(cell.polarity)}`), stanceList([...found.points].reverse()),
        h("a", { href: address(["pair", actor.id, target.id], filtersOf(state.query)) }, "Over time"));
      opened.focus({ preventScroll: true });
      opened.scrollIntoView({ block: "nearest" });
    } });
  };
  return { title: "Matrix", filters: {}, extra: [{ name: "order", label: "Order", options: ORDERS }, { name: "limit", label: "Size", options: [["30", "30 × 30"], ["60", "60 × 60"], ["200", "200 × 200"]] }], draw };
}

async function networkView(state, ask) {
  const query = filtersOf(state.query);
  for (const name of ["kind", "normalisation", "mode", "limit"]) if (state.query.get(name)) query.set(name, state.query.get(name));
  const data = await ask(["network"], query);
  return { title: "Network", filters: {}, extra: [{ name: "kind", label: "Lines", options: KINDS }, { name: "normalisation", label: "Weight", options: NORMALISATIONS }, { name: "mode", label: "Of", options: MODES }],
    draw: (element) => {
      const holder = h("div");
      show(element, h("h1", {}, "Who stands with whom"), h("p", { class: "soft" }, "Two are tied where both take a side on the same target."), holder);
      network(holder, data, { onNode: (node) => { location.hash = address([node.mode, node.id.replace(/^(actor|target):/, "")]); } });
    } };
}

async function search(state, ask) {
  const text = state.query.get("q") ?? "";
  const found = await ask(["search"], new URLSearchParams({ q: text }));
  return { title: `Search: ${text}`, draw: (element) => foundView(element, text, found) };
}

async function route() {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  const state = parse(location.hash);
  const view = VIEWS[state.parts[0] ?? "start"];
  for (const each of document.querySelectorAll("nav a")) {
    if (each.hash === `#/${state.parts[0]}`) each.setAttribute("aria-current", "page");
    else each.removeAttribute("aria-current");
  }
  main.setAttribute("aria-busy", "true");
  try {
    if (!view) throw new Problem(404, `There is no view "${state.parts[0]}".`);
    const made = await view(state, (parts, query) => get(parts, query, signal));
    if (signal.aborted) return;
    const body = h("div", { class: "view" });
    show(main, made.filters && filterForm(state, made.extra ?? [], made.filters), body);
    made.draw(body);
    document.title = `${made.title} · Standpoint`;
    say(made.title);
  } catch (error) {
    if (signal.aborted || error.name === "AbortError") return;
    if (!(error instanceof Problem)) throw error;
    show(main, problem(error));
  } finally {
    if (!signal.aborted) main.removeAttribute("aria-busy");
  }
}

function problem(error) {
  document.title = "Standpoint";
  const key = h("input", { type: "password", name: "key", autocomplete: "off", "aria-label": "API key" });
  const form = h("form", { class: "filters", onsubmit: (event) => { event.preventDefault(); rememberKey(key.value); route(); } },
    h("label", {}, h("span", {}, "API key"), key), h("button", { type: "submit" }, "Use it"));
  return h("div", { class: "problem", role: "alert" }, h("h1", {}, error.status === 404 ? "Not found" : "This could not be shown"),
    h("p", {}, error.message), [401, 403].includes(error.status) && form, h("p", {}, h("a", { href: "#/" }, "To the start")));
}

document.querySelector("form.find").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = new FormData(event.target).get("q").trim();
  if (text) location.hash = address(["search"], { q: text });
});
document.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); main.focus(); });
addEventListener("hashchange", () => { route(); scrollTo(0, 0); });
route();
