// An article: its text with actors and targets underlined and evidence marked; its stances beside it, linked both ways.

import { h, show } from "./dom.js";
import { POLARITY, badge, count, date, sideOf, sign, sure, tint, UNSURE } from "./labels.js";
import { address } from "./state.js";

/** Draw a reading (the contract's JSON). */
export function articleView(element, reading) {
  const names = new Map(reading.entities.map((entity) => [entity.id, entity]));
  const name = (id) => names.get(id)?.name ?? id;
  const stances = [...reading.stances].sort((a, b) => b.confidence - a.confidence).map((stance, index) => ({ ...stance, index }));
  const panel = h("div", { class: "panel", role: "tooltip", id: "evidence-panel", hidden: true });
  const { nodes, shown } = pieces(reading, stances);
  const text = h("div", { class: "text", dir: "auto", lang: reading.language }, nodes);
  const list = h("ol", { class: "stances" }, stances.map((stance) => item(stance, name)));
  show(element,
    h("article", { class: "reading" },
      h("header", {}, h("h1", { dir: "auto" }, reading.title || reading.article_id),
        h("p", { class: "soft" }, [reading.source, date(reading.published_at), count(stances.length, "stance")].filter(Boolean).join(" · ")),
        reading.warnings.map((warning) => h("p", { class: "note" }, warning))),
      h("div", { class: "columns" }, text,
        h("aside", { "aria-label": "Stances" }, h("h2", {}, "Who stands where"),
          stances.length ? [h("p", { class: "soft legend" }, badge("supportive"), badge("opposed"), badge("ambivalent"), " pale: uncertain"), list]
            : h("p", { class: "empty" }, "No stances were found in this article."),
          h("p", { class: "soft" }, `Read by ${reading.model.name}, ${reading.model.revision.slice(0, 15)}`))),
      panel));
  connect(element.firstChild, shown, name, panel);
}

/**
 * The text in runs between the boundaries of evidence, mentions and sentences. Offsets are code points, not UTF-16 units.
 * `shown`: what each mark is evidence of, [{stance, evidence}], the surest first.
 */
export function pieces(reading, stances) {
  const points = Array.from(reading.text);
  const evidence = new Map();
  for (const stance of stances) for (const e of stance.evidence) {
    const key = `${e.start}-${e.end}`;
    if (!evidence.has(key)) evidence.set(key, { start: e.start, end: e.end, shown: [] });
    evidence.get(key).shown.push({ stance, evidence: e });
  }
  const blocks = [...evidence.values()].sort((a, b) => a.start - b.start || b.end - a.end);
  const roles = new Map();
  for (const stance of stances) {
    roles.set(stance.actor, `${roles.get(stance.actor) ?? ""} actor`);
    roles.set(stance.target, `${roles.get(stance.target) ?? ""} target`);
  }
  const mentions = reading.entities.filter((entity) => roles.has(entity.id)).flatMap((entity) => entity.mentions.map((m) => ({ ...m, entity })));
  const read = new Uint8Array(points.length);
  for (const s of reading.sentences) read.fill(1, s.start, s.end);
  const cuts = [...new Set([0, points.length, ...[...blocks, ...mentions, ...reading.sentences].flatMap((s) => [s.start, s.end])])]
    .filter((at) => at <= points.length).sort((a, b) => a - b);
  const nodes = [];
  const shown = new Map();
  let mark = null;
  const waiting = [...mentions].sort((a, b) => a.start - b.start);
  let over = [];
  for (let i = 0; i + 1 < cuts.length; i += 1) {
    const [start, end] = [cuts[i], cuts[i + 1]];
    while (waiting.length && waiting[0].start <= start) over.push(waiting.shift());
    over = over.filter((m) => m.end > start);
    const block = blocks.find((b) => b.start <= start && start < b.end);
    const words = points.slice(start, end).join("");
    const inner = over[over.length - 1];
    const run = inner ? h("span", { class: `mention${roles.get(inner.entity.id)}`, title: `${inner.entity.name} (${inner.entity.type.toLowerCase()})`, "data-entity": inner.entity.id }, words)
      : read[start] ? words : h("span", { class: "unread", title: "Not read: repeated, or no part of the article" }, words);
    if (!block) {
      mark = null;
      nodes.push(run);
    } else {
      if (mark?.block !== block) {
        const sorted = [...block.shown].sort((a, b) => b.evidence.confidence - a.evidence.confidence);
        const best = sorted[0].evidence;
        mark = { block, element: h("mark", {
          class: `${tint(POLARITY[best.attitude])}${best.confidence < UNSURE ? " unsure" : ""}`, tabindex: 0, "aria-describedby": "evidence-panel" }, h("span", { class: "sign", "aria-hidden": "true" }, sign(sideOf(POLARITY[best.attitude])))) };
        nodes.push(mark.element);
        shown.set(mark.element, sorted);
      }
      mark.element.append(run);
    }
  }
  return { nodes, shown };
}

function item(stance, name) {
  return h("li", { class: "stance", "data-stance": stance.index },
    h("p", { class: "who" },
      h("a", { href: address(["actor", stance.actor]), class: "name" }, name(stance.actor)), " ", badge(stance.attitude, stance.confidence), " ",
      h("a", { href: address(["target", stance.target]), class: "name" }, name(stance.target))),
    h("p", { class: "soft" }, sure(stance.confidence), " ",
      h("button", { type: "button", class: "link" }, count(stance.evidence.length, "sentence"), h("span", { class: "hidden" }, `: ${name(stance.actor)}, ${stance.attitude}, ${name(stance.target)}`))));
}

/** Hover and focus on a sentence tell of its stances, and those on a stance light its sentences up. */
function connect(element, shown, name, panel) {
  const marks = [...shown.keys()];
  const items = [...element.querySelectorAll("[data-stance]")];
  const indexes = (mark) => shown.get(mark).map(({ stance }) => stance.index);
  const light = (chosen) => {
    for (const mark of marks) mark.classList.toggle("lit", indexes(mark).some((i) => chosen.has(i)));
    for (const each of items) each.classList.toggle("lit", chosen.has(Number(each.dataset.stance)));
  };
  const tell = (mark) => {
    light(new Set(indexes(mark)));
    show(panel, h("ul", {}, shown.get(mark).map(({ stance, evidence }) =>
      h("li", {}, `${name(stance.actor)} → ${name(stance.target)} `, badge(evidence.attitude, evidence.confidence), " ", sure(evidence.confidence)))));
    panel.hidden = false;
    const box = mark.getClientRects()[0] ?? mark.getBoundingClientRect(), outer = element.getBoundingClientRect();
    panel.style.setProperty("top", `${mark.getBoundingClientRect().bottom - outer.top + 6}px`);
    panel.style.setProperty("left", `${Math.max(0, Math.min(box.left - outer.left, outer.width - panel.offsetWidth))}px`);
  };
  const hide = () => {
    panel.hidden = true;
    light(new Set());
  };
  for (const mark of marks) {
    mark.addEventListener("mouseenter", () => tell(mark));
    mark.addEventListener("focus", () => tell(mark));
    mark.addEventListener("mouseleave", hide);
    mark.addEventListener("blur", hide);
    mark.addEventListener("keydown", (event) => {
      if (event.key === "Escape") hide();
      if (event.key === "Enter") {
        event.preventDefault(); // or the same key presses the button that it leads to
        items.find((each) => Number(each.dataset.stance) === indexes(mark)[0])?.querySelector("button").focus();
      }
    });
  }
  for (const each of items) {
    const own = Number(each.dataset.stance);
    each.addEventListener("mouseenter", () => light(new Set([own])));
    each.addEventListener("mouseleave", () => light(new Set()));
    each.addEventListener("focusin", () => light(new Set([own])));
    let turn = 0;
    each.querySelector("button").addEventListener("click", () => {
      const mine = marks.filter((mark) => indexes(mark).includes(own));
      const next = mine[turn % mine.length];
      turn += 1;
      next?.scrollIntoView({ block: "center" });
      next?.focus({ preventScroll: true });
    });
  }
}
