// Who stands with whom: a discourse network. Congruence is a solid line, conflict a dashed one; the list below says the same.

import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from "../vendor/d3-force.js";
import { h, show, svg } from "./dom.js";
import { count } from "./labels.js";

const WIDTH = 900, HEIGHT = 620, STEPS = 300, LABELS = 60;

/**
 * Draw GET /network. `least`: the smallest weight, whatever its sign, of an edge that is drawn. `onNode(node)` for a click or Enter.
 * The layout is the same each time: d3-force begins from a fixed spiral and uses a fixed random source.
 */
export function network(element, data, { least = 0, onNode = () => {} } = {}) {
  if (data.edges.length === 0) return show(element, h("p", { class: "empty" }, "No two share a target on which both take a side. Widen the period, or ask for more actors."));
  const weights = data.edges.map((edge) => Math.abs(edge.weight)).sort((a, b) => a - b);
  const drawing = h("div", { class: "network" });
  const slider = h("input", { type: "range", min: weights[0], max: weights[weights.length - 1], step: "any", value: Math.max(least, weights[0]), "aria-label": "Least weight of a line" });
  const told = h("span", { class: "soft" });
  const list = h("ol", { class: "list edges" });
  const update = () => {
    const edges = data.edges.filter((edge) => Math.abs(edge.weight) >= Number(slider.value) - 1e-9);
    told.textContent = `${count(edges.length, "line")} of ${data.edges.length.toLocaleString("en-GB")}, weight ${Number(slider.value).toFixed(2)} or more`;
    drawEdges(drawing, data.nodes, edges, onNode);
    const names = new Map(data.nodes.map((node) => [node.id, node.name]));
    show(list, [...edges].sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, 30).map((edge) =>
      h("li", {}, `${names.get(edge.a)} ${edge.weight < 0 ? "against" : "with"} ${names.get(edge.b)} `, h("span", { class: "soft" }, edge.weight.toFixed(2)))));
  };
  slider.addEventListener("input", update);
  show(element, h("p", { class: "filters" }, h("label", {}, h("span", {}, "Fewer lines"), slider), told), drawing,
    h("p", { class: "soft legend" }, h("span", { class: "solid" }, "—— same side"), h("span", { class: "dashed" }, "- - - opposite sides"), "● actor  ■ target; size: stances"),
    h("h2", {}, "The strongest"), list, data.truncated && h("p", { class: "note" }, "Not all articles of the period were counted."));
  update();
  return element;
}

/** Nodes with places, in a box of WIDTH by HEIGHT. */
export function layout(nodes, edges) {
  const placed = nodes.map((node) => ({ ...node }));
  const most = Math.max(1e-9, ...edges.map((edge) => Math.abs(edge.weight)));
  const simulation = forceSimulation(placed)
    .force("link", forceLink(edges.map((edge) => ({ source: edge.a, target: edge.b, strength: 0.1 + 0.4 * (Math.abs(edge.weight) / most) }))).id((node) => node.id)
      .distance(90).strength((line) => line.strength))
    .force("charge", forceManyBody().strength(-260)).force("collide", forceCollide((node) => radius(node, nodes) + 10))
    .force("x", forceX().strength(0.05)).force("y", forceY().strength(0.08)).stop();
  simulation.tick(STEPS);
  const xs = placed.map((node) => node.x), ys = placed.map((node) => node.y);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const scale = Math.min(1.6, (WIDTH - 160) / Math.max(1, Math.max(...xs) - left), (HEIGHT - 80) / Math.max(1, Math.max(...ys) - top));
  const [wide, high] = [(Math.max(...xs) - left) * scale, (Math.max(...ys) - top) * scale];
  for (const node of placed) {
    node.x = (WIDTH - wide) / 2 + (node.x - left) * scale;
    node.y = (HEIGHT - high) / 2 + (node.y - top) * scale;
  }
  return placed;
}

function radius(node, nodes) {
  const most = Math.max(1, ...nodes.map((each) => each.stances));
  return 5 + 13 * Math.sqrt(node.stances / most);
}

function drawEdges(drawing, nodes, edges, onNode) {
  const tied = new Set(edges.flatMap((edge) => [edge.a, edge.b]));
  const shown = nodes.filter((node) => tied.has(node.id));
  const placed = layout(shown, edges);
  const at = new Map(placed.map((node) => [node.id, node]));
  const most = Math.max(...edges.map((edge) => Math.abs(edge.weight)));
  const named = new Set([...shown].sort((a, b) => b.stances - a.stances).slice(0, LABELS).map((node) => node.id));
  const lines = edges.map((edge) => svg("line", {
    x1: at.get(edge.a).x.toFixed(1), y1: at.get(edge.a).y.toFixed(1), x2: at.get(edge.b).x.toFixed(1), y2: at.get(edge.b).y.toFixed(1),
    class: edge.weight < 0 ? "against" : "with", "stroke-width": (0.8 + 4 * (Math.abs(edge.weight) / most)).toFixed(1), "data-a": edge.a, "data-b": edge.b }));
  const marks = placed.map((node) => {
    const size = radius(node, shown);
    const shape = node.mode === "target" ? svg("rect", { x: -size, y: -size, width: 2 * size, height: 2 * size, rx: 2 }) : svg("circle", { r: size.toFixed(1) });
    const group = svg("g", { transform: `translate(${node.x.toFixed(1)},${node.y.toFixed(1)})`, class: `node ${node.mode}`, tabindex: 0, role: "link", "aria-label": `${node.name}, ${count(node.stances, "stance")}` },
      shape, named.has(node.id) ? svg("text", { y: size + 13, "text-anchor": "middle" }, short(node.name)) : null, svg("title", {}, `${node.name}: ${count(node.stances, "stance")}`));
    const near = (on) => lines.forEach((line) => line.classList.toggle("faint", on && line.dataset.a !== node.id && line.dataset.b !== node.id));
    group.addEventListener("click", () => onNode(node));
    group.addEventListener("keydown", (event) => { if (event.key === "Enter") onNode(node); });
    for (const [event, on] of [["mouseenter", true], ["focus", true], ["mouseleave", false], ["blur", false]]) group.addEventListener(event, () => near(on));
    return group;
  });
  show(drawing, svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "group", "aria-label": `Network of ${count(shown.length, "entity").replace("entitys", "entities")}` }, lines, marks));
}

const short = (name) => (name.length > 24 ? `${name.slice(0, 22)}…` : name);
