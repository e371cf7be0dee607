// JSON is indented as text, never parsed into numbers and objects: big numbers stay as they were written, repeated
// names stay, nothing is sorted.

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORD = /true|false|null/y;
const SPACE = /[ \t\n\r]*/y;
const DEPTH_MAX = 200;

function take(pattern, text, at) {
    pattern.lastIndex = at;
    return pattern.test(text) ? text.slice(at, pattern.lastIndex) : "";
}

class Indenter {
    #text;
    #at = 0;
    #out = [];
    #awaited = [];  // closing brackets

    constructor(text) {
        this.#text = text;
        this.#step(0);
    }

    get #next() {
        return this.#text[this.#at];
    }

    /** Goes on behind a token and the space after it. */
    #step(length) {
        this.#at += length;
        if (this.#text.charCodeAt(this.#at) <= 0x20) {
            this.#at += take(SPACE, this.#text, this.#at).length;
        }
    }

    #line() {
        this.#out.push("\n", "  ".repeat(this.#awaited.length));
    }

    #copy(token) {
        this.#out.push(token);
        this.#step(token.length);
        return token !== "";
    }

    /** The next element's line: in an object its name and a colon. */
    #element() {
        this.#line();
        if (this.#awaited.at(-1) === "]") {
            return true;
        }
        if (!this.#copy(take(STRING, this.#text, this.#at)) || this.#next !== ":") {
            return false;
        }
        this.#out.push(": ");
        this.#step(1);
        return true;
    }

    /** From an opening bracket to where a value is expected, or behind an empty pair. */
    #enter() {
        const opening = this.#next;
        const closing = opening === "{" ? "}" : "]";
        this.#step(1);
        if (this.#next === closing) {
            this.#out.push(opening);
            return this.#copy(closing) && this.#leave();
        }
        this.#out.push(opening);
        this.#awaited.push(closing);
        return this.#awaited.length <= DEPTH_MAX && this.#element();
    }

    /** From the end of a value to where the next one is expected, or to the end of all. */
    #leave() {
        while (this.#awaited.length > 0 && this.#next === this.#awaited.at(-1)) {
            const closing = this.#awaited.pop();
            this.#line();
            this.#copy(closing);
        }
        if (this.#awaited.length === 0) {
            return true;
        }
        return this.#next === "," && this.#copy(",") && this.#element();
    }

    /** Null: it is no JSON. */
    run() {
        do {
            const [text, at] = [this.#text, this.#at];
            const isFine = this.#next === "{" || this.#next === "[" ? this.#enter()
                : this.#copy(take(STRING, text, at) || take(NUMBER, text, at) || take(WORD, text, at)) && this.#leave();
            if (!isFine) {
                return null;
            }
        } while (this.#awaited.length > 0);
        return this.#at === this.#text.length ? this.#out.join("") : null;
    }
}

/** An object or array with an element a line; null if it is none, no JSON, or nested too deeply. */
export const indented = (text) => (/^[ \t\n\r]*[[{]/.test(text) ? new Indenter(text).run() : null);

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*)|\b(true|false|null)\b/g;

/** [kind, text] of one line, or of a part of one: name, string, number, word, or "" for what is between. */
export function coloured(line) {
    const found = [];
    let from = 0;
    for (const match of line.matchAll(TOKEN)) {
        if (match.index > from) {
            found.push(["", line.slice(from, match.index)]);
        }
        if (match[1] !== undefined) {
            found.push([match[2] === undefined ? "string" : "name", match[1]]);
            if (match[2] !== undefined) {
                found.push(["", match[2]]);
            }
        } else {
            found.push([match[3] === undefined ? "word" : "number", match[0]]);
        }
        from = match.index + match[0].length;
    }
    if (from < line.length) {
        found.push(["", line.slice(from)]);
    }
    return found;
}

const TYPE_NAMES = ["type", "eventType", "event_type", "@type", "$type"].map((name) => `"${name}"`);

/** What an event calls itself in a member like "type", as far as the beginning of its text shows; or null. */
export function typeIn(head) {
    if (!/^\s*\{/.test(head)) {
        return null;
    }
    let depth = 0;
    let isIt = false;
    for (const [kind, text] of coloured(head)) {
        if (kind === "string" && isIt) {
            return text.length > 2 ? text.slice(1, -1) : null;
        }
        if (kind === "") {
            depth += (text.match(/[[{]/g) ?? []).length - (text.match(/[\]}]/g) ?? []).length;
            isIt &&= /^[\s:]*$/.test(text);
        } else {
            isIt = kind === "name" && depth === 1 && TYPE_NAMES.includes(text);
        }
    }
    return null;
}

const TYPE_FIRST = /^\s*\{\s*"(?:type|eventType|event_type|@type|\$type)"\s*:\s*"(?:[^"\\]|\\.)+"\s*,/;

/** The beginning of a text, without that member where it is the first, as it is shown beside it. */
export const withoutType = (head) => head.replace(TYPE_FIRST, "{…");
