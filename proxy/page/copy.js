// To the clipboard, also where the page isn't a secure context (http:// on another machine).

import {show} from "/page/announce.js";
import {el, icon} from "/page/dom.js";

function copyBySelection(text) {
    const before = document.activeElement;
    const area = el("textarea", {class: "away", readonly: true, "aria-hidden": "true"});
    area.value = text;
    (before?.closest("dialog") ?? document.body).append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    before?.focus({preventScroll: true});
    return done;
}

export async function copy(text, what) {
    try {
        await navigator.clipboard.writeText(text);
    } catch {
        if (!copyBySelection(text)) {
            show("Your browser doesn't let this page copy");
            return;
        }
    }
    show(`${what} copied`);
}

/** `text`: what is to be copied, asked for when it is. */
export const copyButton = (label, what, text, properties = {}) => el("button", {
    type: "button", class: "quiet", onclick: () => copy(text(), what), ...properties,
}, icon("copy"), label);
