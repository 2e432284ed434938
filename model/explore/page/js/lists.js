// The first page, lists of articles, actors and targets, and what a search found.

import { h, show } from "./dom.js";
import { count, date, polarityWords, sign } from "./labels.js";
import { address } from "./state.js";

/** A list that grows by a button: `more` gives the next page, {rows, next}. */
export function growing(items, page, more) {
  const list = h("ol", { class: "list" }, page.rows.map(items));
  const button = h("button", { type: "button", class: "quiet", hidden: !page.next }, "More");
  let cursor = page.next;
  button.addEventListener("click", async () => {
    button.disabled = true;
    const following = await more(cursor);
    list.append(...following.rows.map(items));
    cursor = following.next;
    button.disabled = false;
    button.hidden = !cursor;
  });
  return [list, button];
}

export function articleItem(article) {
  const { support = 0, oppose = 0 } = article.sides ?? {};
  return h("li", {}, h("a", { href: address(["article", article.article_id]), dir: "auto" }, article.title || article.article_id),
    h("p", { class: "soft" }, [article.source, date(article.published_at), article.stances === undefined ? null : count(article.stances, "stance"),
      article.sides && `+ ${support} − ${oppose}`].filter(Boolean).join(" · ")));
}

export const entityItem = (role) => (entity) => h("li", { class: "entity" },
  h("a", { href: address([role, entity.id]), dir: "auto" }, entity.name),
  balance(entity),
  h("span", { class: "soft" }, `${count(entity.stances, "stance")} in ${count(entity.articles, "article")} · ${polarityWords(entity.polarity)}`));

/** Shares of support, neutral and opposition as a bar; the numbers are its description. */
export function balance({ support, oppose, neutral }) {
  const whole = Math.max(1, support + oppose + neutral);
  return h("span", { class: "balance", role: "img", "aria-label": `${support} in support, ${oppose} in opposition, ${neutral} neutral` },
    [["support", support], ["neutral", neutral], ["oppose", oppose]].filter(([, n]) => n).map(([side, n]) =>
      h("span", { class: side, style: { "flex-grow": n / whole } }, n / whole > 0.12 ? `${sign(side)}${n}` : "")));
}

export function startView(element, { articles, actors, targets }) {
  if (articles.articles.length === 0) return show(element, h("h1", {}, "Who stands where"), h("p", { class: "empty" }, "There are no articles yet. What is read appears here."));
  return show(element, h("h1", {}, "Who stands where"),
    h("p", { class: "lead" }, "Each actor's attitude toward each target in the news, with the sentences that show it."),
    h("div", { class: "three" },
      h("section", {}, h("h2", {}, "Newest articles"), h("ol", { class: "list" }, articles.articles.map(articleItem)), h("a", { href: address(["articles"]) }, "All articles")),
      h("section", {}, h("h2", {}, "Most heard"), h("ol", { class: "list" }, actors.actors.map(entityItem("actor"))), h("a", { href: address(["actors"]) }, "All actors")),
      h("section", {}, h("h2", {}, "Most spoken of"), h("ol", { class: "list" }, targets.targets.map(entityItem("target"))), h("a", { href: address(["targets"]) }, "All targets"))));
}

export function foundView(element, text, found) {
  const links = (entity) => h("li", {}, h("span", { class: "name", dir: "auto" }, entity.name), entity.type ? ` (${entity.type.toLowerCase()}) ` : " ",
    entity.roles.map((role) => [h("a", { href: address([role, entity.id]) }, `as ${role === "actor" ? "an actor" : "a target"}`), " "]));
  show(element, h("h1", {}, `Search: ${text}`),
    found.entities.length + found.articles.length === 0 && h("p", { class: "empty" }, "Nothing begins with these words. Names are found by the beginnings of their words."),
    found.entities.length > 0 && [h("h2", {}, "Actors and targets"), h("ul", { class: "list" }, found.entities.map(links))],
    found.articles.length > 0 && [h("h2", {}, "Articles"), h("ol", { class: "list" }, found.articles.map(articleItem))]);
}
