// The value of one event, of up to some MiB: decoded when it is looked at.

import {bytesOf, fromBase64, isText, textOf} from "/page/bytes.js";
import {indented} from "/page/json_text.js";

export class Value {
    #raw;
    #isBase64;
    #text;
    #json;

    /** As the API has it; raw is null for a record without value. */
    constructor(raw, encoding) {
        this.#raw = raw;
        this.#isBase64 = encoding === "base64";
    }

    get isNull() {
        return this.#raw === null;
    }

    /** In bytes. */
    get size() {
        if (this.isNull) {
            return 0;
        }
        return this.#isBase64 ? Math.floor(this.#raw.replace(/=+$/, "").length * 3 / 4) : bytesOf(this.#raw).length;
    }

    /** About so many characters of its beginning. */
    head(length) {
        if (this.isNull) {
            return "";
        }
        return this.#isBase64 ? textOf(fromBase64(this.#raw.slice(0, 4 * Math.ceil(length / 3)))) : this.#raw.slice(0, length);
    }

    /** All of it, as bytes.js has texts. */
    get text() {
        this.#text ??= this.isNull ? "" : this.#isBase64 ? textOf(fromBase64(this.#raw)) : this.#raw;
        return this.#text;
    }

    get bytes() {
        return this.#isBase64 ? fromBase64(this.#raw) : bytesOf(this.text);
    }

    get isText() {
        return !this.#isBase64 && isText(this.text);
    }

    /** Indented; null if it is no JSON. */
    get json() {
        if (this.#json === undefined) {
            this.#json = this.isText ? indented(this.text) : null;
        }
        return this.#json;
    }
}
