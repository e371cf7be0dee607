// Elements are made here and nowhere else, of tags and attribute names that stand in these sources. What comes from
// outside becomes text, by shown() if it may hold what doesn't show.

import {pieces} from "/page/hidden.js";

/** el("a", {href, class, onclick, "aria-label": …}, children…); false, null and undefined are left out. */
export function el(tag, properties = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
        if (typeof value === "function") {
            element.addEventListener(name.slice(2), value);
        } else if (value !== false && value !== null && value !== undefined) {
            element.setAttribute(name, value === true ? "" : value);
        }
    }
    element.append(...children.flat(Infinity).filter((one) => one !== false && one !== null && one !== undefined));
    return element;
}

export const hide = (element, hidden) => element.toggleAttribute("hidden", hidden);

/** Nodes for a text of anybody, at most `max` characters of it. */
export function shown(text, {keep = "", max = Infinity} = {}) {
    const cut = text.length > max;
    const found = pieces(cut ? text.slice(0, max) : text, keep).map((one) => typeof one === "string"
        ? document.createTextNode(one) : el("span", {class: "mark", title: one.name}, one.mark));
    if (cut) {
        found.push("…");
    }
    return found;
}

/** A key, a header, a client's id: apart from what is around it, in whichever direction it is written. */
export function word(text, properties = {}, max = 400) {
    return el("bdi", {dir: "ltr", ...properties}, text === "" ? el("span", {class: "none"}, "(empty)") : shown(text, {max}));
}

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
    search: ["M10.5 10.5 14 14", "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10Z"],
    copy: ["M5.5 5.5h8v8h-8z", "M10.5 5.5v-3h-8v8h3"],
    link: ["M6.5 9.5 9.5 6.5", "M7.5 4.5 9 3a2.8 2.8 0 0 1 4 4l-1.5 1.5", "M8.5 11.5 7 13a2.8 2.8 0 0 1-4-4l1.5-1.5"],
    back: ["M10 3 5 8l5 5"],
    opens: ["m6 4 4 4-4 4"],
    good: ["M3.5 8.5 6.5 11.5 12.5 4.5"],
    wait: ["M8 4v4l2.5 1.5", "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Z"],
    bad: ["M8 5v4", "M8 11.200v.1", "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Z"],
    away: ["M3 8h9", "m8.5 4.5 3.5 3.5-3.5 3.5"],
};

export function icon(name) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("class", `icon icon-${name}`);
    svg.setAttribute("aria-hidden", "true");
    for (const way of ICONS[name]) {
        const path = document.createElementNS(SVG, "path");
        path.setAttribute("d", way);
        svg.append(path);
    }
    return svg;
}
