// Elements by plain functions. Text of others is only ever set as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element. Attributes: `on…` are listeners, null and false are left out, `style` is an object of CSS properties. */
export function h(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same in SVG. */
export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [property, given] of Object.entries(value)) element.style.setProperty(property, given);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Replace what an element holds. */
export function show(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Tell a screen reader, and nobody else. */
export function say(text) {
  const said = document.getElementById("said");
  if (said) said.textContent = text;
}
