// A text of any length as blocks that cost nothing until they are near: each holds some lines, plain at first, and is
// dressed (colours, marks) when a person comes near it.

import {el, shown} from "/page/dom.js";
import {escaped} from "/page/hidden.js";
import {coloured} from "/page/json_text.js";
import {hexLines, WIDTH} from "/page/hex.js";
import {whenNear} from "/page/near.js";
import {counted, size} from "/page/words.js";

const BLOCK_LINES = 80;
const BLOCK_LENGTH = 8192;
const FIRST_LINES = 400;
const FIRST_LENGTH = 16 * 1024;
const FIRST_BYTES = 2048;
const SLICE_MS = 12;
const KEEP = "\n\t";

/** Where to cut so that no character is cut. */
const cutAt = (text, at) => (/[\ud800-\udbff]/.test(text[at - 1] ?? "") ? at - 1 : at);

function* blocksOf(text) {
    for (let from = 0; from < text.length;) {
        const most = Math.min(from + BLOCK_LENGTH, text.length);
        let to = from;
        for (let lines = 0; lines < BLOCK_LINES && to < most; ++lines) {
            const end = text.indexOf("\n", to);
            if (end < 0 || end >= most) {
                to = to === from || end < 0 && most === text.length ? cutAt(text, most) : to;
                break;
            }
            to = end + 1;
        }
        yield text.slice(from, to);
        from = to;
    }
}

/** A block ends its last line by itself. */
const withoutEnd = (text) => (text.length > 1 && text.endsWith("\n") ? text.slice(0, -1) : text);

function dress(block, text, isJson) {
    const whole = withoutEnd(text);
    if (!isJson) {
        block.replaceChildren(...shown(whole, {keep: KEEP}));
        return;
    }
    block.replaceChildren(...coloured(whole).map(([kind, part]) => (kind === "" ? shown(part, {keep: KEEP})
        : el("span", {class: `json-${kind}`}, shown(part, {keep: KEEP})))).flat());
}

function textBlock(text, isJson) {
    const block = el("span", {class: "block"}, escaped(withoutEnd(text), KEEP));
    whenNear(block, () => dress(block, text, isJson));
    return block;
}

/** As many blocks as a frame has time for, then on in the next one. */
function appendAll(place, blocks) {
    const until = performance.now() + SLICE_MS;
    const ready = [];
    for (let next = blocks.next(); !next.done; next = blocks.next()) {
        ready.push(next.value);
        if (performance.now() > until) {
            requestAnimationFrame(() => place.isConnected && appendAll(place, blocks));
            break;
        }
    }
    place.append(...ready);
}

/** An element with the beginning, and a button for all of it if that isn't all. `rest`: a generator of blocks. */
function cut(label, first, rest, restLabel) {
    const pre = el("pre", {class: "code", "aria-label": label}, first);
    const frame = el("div", {class: "frame"}, pre);
    if (rest !== null) {
        const more = el("button", {type: "button", class: "small more", onclick: () => {
            more.remove();
            appendAll(pre, rest());
            scrollable(pre);
            pre.focus({preventScroll: true});
        }}, restLabel);
        frame.append(more);
    }
    return frame;
}

/** One that scrolls has to be reached by keyboard. */
function scrollable(pre) {
    pre.setAttribute("tabindex", "0");
    pre.setAttribute("role", "region");
    pre.classList.add("tall");
}

export function longText(text, {isJson = false, bytes, label}) {
    let end = 0;
    for (let lines = 0; lines < FIRST_LINES && end < text.length; ++lines) {
        const next = text.indexOf("\n", end);
        end = next < 0 ? text.length : next + 1;
    }
    end = cutAt(text, Math.min(end, text.length <= 2 * FIRST_LENGTH ? end : FIRST_LENGTH));
    function* blocks(part) {
        for (const one of blocksOf(part)) {
            yield textBlock(one, isJson);
        }
    }
    return cut(label, [...blocks(text.slice(0, end))], end === text.length ? null : () => blocks(text.slice(end)),
        `Show all ${size(bytes)}`);
}

export function longHex(bytes, label) {
    const step = BLOCK_LINES * WIDTH;
    const block = (from, to) => {
        const element = el("span", {class: "block hex"});
        const fill = () => element.replaceChildren(hexLines(bytes, from, to).join("\n"));
        if (from === 0) {
            fill();
        } else {
            element.append("\n".repeat(Math.ceil((Math.min(to, bytes.length) - from) / WIDTH) - 1));
            whenNear(element, fill);
        }
        return element;
    };
    function* rest() {
        for (let from = FIRST_BYTES; from < bytes.length; from += step) {
            yield block(from, from + step);
        }
    }
    return cut(label, [block(0, FIRST_BYTES)], bytes.length > FIRST_BYTES ? rest : null,
        `Show all ${counted(bytes.length, "byte")}`);
}
