// An actor, or a target: who stands where, strongest first, each with a line over time and the newest sentence.

import { h, show } from "./dom.js";
import { POLARITY, badge, count, date, polarityWords, sideOf, sign } from "./labels.js";
import { spark } from "./spark.js";
import { articleLink, link, saveButton, stanceList } from "./stances.js";
import { address } from "./state.js";

/** `data`: {actor | target, stances, next}; `role` of the entity; `filters` as the address has them. */
export function entityView(element, data, role, filters) {
  const other = role === "actor" ? "target" : "actor";
  const entity = data[role];
  const groups = grouped(data.stances, other);
  show(element,
    h("header", {}, h("p", { class: "soft kind" }, `${role === "actor" ? "Actor" : "Target"}${entity.type ? ` · ${entity.type.toLowerCase()}` : ""}`),
      h("h1", { dir: "auto" }, entity.name),
      h("p", { class: "soft" }, data.next ? `The newest ${count(data.stances.length, "stance")}; narrow the period for older ones. ` : `${count(data.stances.length, "stance")}. `,
        h("a", { href: address([other, entity.id]) }, role === "actor" ? "As a target: who stands where toward it" : "As an actor: where it stands"))),
    groups.length === 0 ? h("p", { class: "empty" }, "No stances fit. Widen the period or lower the confidence.") : [
      h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Who stands where" }, h("table", { class: "strength" },
        h("thead", {}, h("tr", {}, [role === "actor" ? "Toward" : "Who", "Stands", "Over time", "Stances", "Newest sentence"].map((t) => h("th", { scope: "col" }, t)))),
        h("tbody", {}, groups.slice(0, 100).map((group) => row(group, entity, role))))),
      groups.length > 100 && h("p", { class: "soft" }, `and ${groups.length - 100} more; narrow the period or search.`),
      h("h2", {}, "Newest"), stanceList(data.stances.slice(0, 20)), h("p", {}, saveButton(() => data.stances, `${entity.id}.csv`))]);
}

/** By counterpart, strongest first: the sum of polarity times confidence, whatever its sign; what balances comes last. */
export function grouped(stances, other) {
  const groups = new Map();
  for (const stance of stances) {
    const id = stance[other].id;
    if (!groups.has(id)) groups.set(id, { entity: stance[other], stances: [], sum: 0, weight: 0 });
    const group = groups.get(id);
    group.stances.push(stance);
    group.sum += POLARITY[stance.attitude] * stance.confidence;
    group.weight += stance.confidence;
  }
  return [...groups.values()].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum) || b.stances.length - a.stances.length || (a.entity.id < b.entity.id ? -1 : 1));
}

function row(group, entity, role) {
  const mean = group.weight ? group.sum / group.weight : 0;
  const newest = group.stances[0];
  const ends = role === "actor" ? [entity.id, group.entity.id] : [group.entity.id, entity.id];
  return h("tr", {},
    h("th", { scope: "row", dir: "auto" }, link(role === "actor" ? "target" : "actor", group.entity)),
    h("td", {}, h("span", { class: `lean ${sideOf(Math.abs(mean) < 0.15 ? 0 : mean)}` }, `${sign(sideOf(Math.abs(mean) < 0.15 ? 0 : mean))} ${polarityWords(mean)}`)),
    h("td", {}, h("a", { href: address(["pair", ...ends]), "aria-label": `Over time: ${group.entity.name}` }, spark(group.stances.map((s) => ({ at: s.published_at, polarity: s.polarity }))))),
    h("td", { class: "number" }, group.stances.length.toLocaleString("en-GB")),
    h("td", { dir: "auto" }, badge(newest.attitude, newest.confidence), ` ${newest.evidence[0]?.text.trim() ?? ""} `, h("span", { class: "soft" }, articleLink(newest), ` · ${date(newest.published_at)}`)));
}
