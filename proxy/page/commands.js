// What a person does with a shell next. Keys and topics are quoted so that a shell sees bytes and nothing else.

import {bytesOf, isText} from "/page/bytes.js";
import {showsAll} from "/page/hidden.js";

let bootstrap = "";

/** Where clients of Kafka connect, as bkes tells them. */
export const setBootstrap = (address) => { bootstrap = address; };

const NAME_MAX = 249;  // Kafka's, for a topic

export function quoted(word) {
    return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The virtual topic of one key; null: Kafka has no topic names so long. */
export function keyTopic(topic, key) {
    let name = `${topic}.key.`;
    for (const byte of bytesOf(key)) {
        const one = String.fromCharCode(byte);
        name += /[A-Za-z0-9_-]/.test(one) ? one : `.${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    }
    return name.length <= NAME_MAX ? name : null;
}

function read(topic, key, ...more) {
    const name = keyTopic(topic, key);
    return name && ["kcat -C -b", quoted(bootstrap), "-t", quoted(name), ...more].join(" ");
}

export const readAll = (topic, key) => read(topic, key, "-o beginning -e");
export const readNew = (topic, key) => read(topic, key, "-o end");
export const readOne = (topic, key, order) => read(topic, key, `-o ${order} -c 1 -e`);

/** Null: the key can't be typed. */
export function appendNext(topic, key, order) {
    if (!isText(key) || !showsAll(key) || key === "") {
        return null;
    }
    return `echo '{"type":"…"}' | kcat -P -b ${quoted(bootstrap)} -t ${quoted(topic)} -k ${quoted(key)} -H order=${order}`;
}
