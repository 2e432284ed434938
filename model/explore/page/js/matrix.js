// Actor by target: colour by polarity, size by evidence, a sign for those who cannot tell the colours.

import { h, show, svg } from "./dom.js";
import { UNSURE, count, percent, polarityWords, sideOf, sign, tint } from "./labels.js";

/**
 * Draw GET /matrix. `order`: "stances", "name", "polarity" or "cluster". `onCell(cell, actor, target)` is called for a click or Enter.
 * The table is a grid of one tab stop: arrows, Home and End move in it.
 */
export function matrix(element, data, { order = "stances", onCell = () => {} } = {}) {
  const cells = new Map(data.cells.map((cell) => [`${cell.actor}\n${cell.target}`, cell]));
  const [actors, targets] = ordered(data, order);
  if (data.cells.length === 0) return show(element, h("p", { class: "empty" }, "No stances fit. Widen the period or lower the confidence."));
  const most = Math.max(...data.cells.map((cell) => cell.evidence));
  const names = new Map([...actors, ...targets].map((each) => [each.id, each.name]));
  const table = h("table", { class: "matrix", role: "grid", "aria-label": `${count(actors.length, "actor")} by ${count(targets.length, "target")}` },
    h("thead", {}, h("tr", { role: "row" }, h("td", { role: "columnheader" }, h("span", { class: "soft" }, "actor ↓ target →")),
      targets.map((target) => h("th", { scope: "col", role: "columnheader" }, h("span", { class: "turned", dir: "auto", title: target.name }, target.name))))),
    h("tbody", {}, actors.map((actor) => h("tr", { role: "row" }, h("th", { scope: "row", role: "rowheader", dir: "auto", title: actor.name }, actor.name),
      targets.map((target) => box(cells.get(`${actor.id}\n${target.id}`), most, names))))));
  const rows = [...table.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("td")]);
  const first = rows.flat().find((td) => td.dataset.cell) ?? rows[0][0];
  first.tabIndex = 0;
  const open = (td) => {
    const cell = td.dataset.cell && cells.get(td.dataset.cell);
    if (cell) onCell(cell, actors.find((a) => a.id === cell.actor), targets.find((t) => t.id === cell.target));
  };
  table.addEventListener("click", (event) => {
    const td = event.target.closest("tbody td");
    if (td) { move(rows, td); open(td); }
  });
  table.addEventListener("keydown", (event) => {
    const td = event.target.closest("tbody td");
    if (!td) return;
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); open(td); return; }
    const next = neighbour(rows, td, event.key);
    if (next) { event.preventDefault(); move(rows, next); next.focus(); }
  });
  return show(element, h("div", { class: "scroll grid" }, table),
    data.truncated && h("p", { class: "note" }, `Counted over ${count(data.articles, "article")} of the period, not over all.`));
}

function box(cell, most, names) {
  if (!cell) return h("td", { role: "gridcell", tabindex: -1, class: "nothing", "aria-label": "nothing" });
  const radius = 4 + 8 * Math.sqrt(cell.evidence / most);
  const mixed = cell.support > 0 && cell.oppose > 0;
  const unsure = cell.confidence < UNSURE;
  const label = `${names.get(cell.actor)} toward ${names.get(cell.target)}: ${polarityWords(cell.polarity)}, mostly ${cell.attitude}; ${count(cell.evidence, "sentence")} in ${count(cell.articles, "article")}; `
    + `${percent(cell.confidence)} sure${unsure ? ", uncertain" : ""}${mixed ? `; mixed: ${cell.support} support, ${cell.oppose} oppose` : ""}`;
  return h("td", { role: "gridcell", tabindex: -1, "data-cell": `${cell.actor}\n${cell.target}`, "aria-label": label, title: label },
    svg("svg", { viewBox: "-13 -13 26 26", width: 26, height: 26, "aria-hidden": "true", class: `${tint(Math.abs(cell.polarity) < 0.15 ? 0 : cell.polarity)}${unsure ? " unsure" : ""}${mixed ? " mixed" : ""}` },
      svg("circle", { r: radius.toFixed(1) }), svg("text", { "text-anchor": "middle", y: 4 }, mixed ? "±" : sign(sideOf(Math.abs(cell.polarity) < 0.15 ? 0 : cell.polarity)))));
}

function move(rows, td) {
  for (const each of rows.flat()) each.tabIndex = -1;
  td.tabIndex = 0;
}

/** Where an arrow, Home or End leads from a cell; null where that is no move. */
function neighbour(rows, td, key) {
  const y = rows.findIndex((row) => row.includes(td)), x = rows[y].indexOf(td);
  const at = { ArrowRight: [y, x + 1], ArrowLeft: [y, x - 1], ArrowDown: [y + 1, x], ArrowUp: [y - 1, x], Home: [y, 0], End: [y, rows[y].length - 1] }[key];
  return at ? rows[at[0]]?.[at[1]] ?? null : null;
}

/** Actors and targets in the order asked for. */
export function ordered(data, order) {
  if (order === "name") return [data.actors, data.targets].map((ends) => [...ends].sort((a, b) => a.name.localeCompare(b.name, "en")));
  if (order === "polarity") return [["actors", "actor"], ["targets", "target"]].map(([ends, role]) => {
    const sums = new Map();
    for (const cell of data.cells) sums.set(cell[role], (sums.get(cell[role]) ?? 0) + cell.polarity * cell.stances);
    return [...data[ends]].sort((a, b) => (sums.get(b.id) ?? 0) - (sums.get(a.id) ?? 0) || (a.id < b.id ? -1 : 1));
  });
  if (order === "cluster") return [clustered(data, "actors", "actor", "target"), clustered(data, "targets", "target", "actor")];
  return [data.actors, data.targets]; // as the API gives them: those with most stances first
}

/**
 * Agglomerative clustering with average linkage on the cosine of polarity profiles (what one says of everything, what everyone says of
 * one); the order is that of the tree's leaves. Deterministic: of equal pairs the first is joined.
 */
export function clustered(data, ends, own, other) {
  const profiles = new Map(data[ends].map((each) => [each.id, new Map()]));
  for (const cell of data.cells) profiles.get(cell[own])?.set(cell[other], cell.polarity);
  const ids = data[ends].map((each) => each.id);
  const near = ids.map((a) => ids.map((b) => cosine(profiles.get(a), profiles.get(b))));
  let groups = ids.map((_, i) => [i]);
  while (groups.length > 1) {
    let best = [-Infinity, 0, 1];
    for (let i = 0; i < groups.length; i += 1) for (let j = i + 1; j < groups.length; j += 1) {
      let sum = 0;
      for (const a of groups[i]) for (const b of groups[j]) sum += near[a][b];
      const mean = sum / (groups[i].length * groups[j].length);
      if (mean > best[0] + 1e-12) best = [mean, i, j];
    }
    const [, i, j] = best;
    groups = [...groups.slice(0, i), [...groups[i], ...groups[j]], ...groups.slice(i + 1, j), ...groups.slice(j + 1)];
  }
  return (groups[0] ?? []).map((i) => data[ends][i]);
}

function cosine(a, b) {
  let dot = 0, lengthA = 0, lengthB = 0;
  for (const [key, value] of a) { dot += value * (b.get(key) ?? 0); lengthA += value * value; }
  for (const value of b.values()) lengthB += value * value;
  return lengthA && lengthB ? dot / Math.sqrt(lengthA * lengthB) : 0;
}
