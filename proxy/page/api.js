// Questions to bkes. Whatever goes wrong is a Problem.

import {bytesOf, percentEncode, read, toBase64} from "/page/bytes.js";

const ANSWER_MS = 30_000;

/** Without the name and password that somebody may have written into the address: with them nothing can be fetched. */
const here = (path) => location.origin + path;

/** status 0: no answer at all. */
export class Problem extends Error {
    constructor(status, title, detail, retryAfter = null) {
        super(title);
        Object.assign(this, {status, title, detail, retryAfter});
    }

    /** What passes by itself: bkes is away, or doesn't serve yet. */
    get passes() {
        return this.status === 0 || this.status >= 500 || this.status === 429;
    }
}

export function problemOf(fields, retryAfter = null) {
    return new Problem(Number(fields.status) || 0, String(fields.title ?? ""), String(fields.detail ?? ""), retryAfter);
}

async function refusalOf(answer) {
    const retryAfter = Number(answer.headers.get("Retry-After")) || null;
    try {
        return problemOf({status: answer.status, ...await answer.json()}, retryAfter);
    } catch {
        return new Problem(answer.status, answer.statusText, "", retryAfter);
    }
}

/**
 * The JSON at a path. Throws a Problem, or the signal's reason once it is aborted. `patient`: as long as it takes, as
 * somebody may have to find a password first.
 */
export async function ask(path, {signal, patient = false} = {}) {
    const limits = [signal, patient ? null : AbortSignal.timeout(ANSWER_MS)].filter(Boolean);
    let answer;
    try {
        answer = await fetch(here(path), {signal: anyOf(...limits), cache: "no-store"});
        if (answer.ok) {
            return await answer.json();
        }
    } catch (failure) {
        signal?.throwIfAborted();
        throw new Problem(0, "No answer", failure.name === "TimeoutError" ? `Nothing came within ${ANSWER_MS / 1000} seconds.` : "");
    }
    throw await refusalOf(answer);
}

/** AbortSignal.any, for browsers of before 2024. */
function anyOf(...signals) {
    const either = new AbortController();
    for (const one of signals) {
        one.addEventListener("abort", () => either.abort(one.reason), {once: true});
        if (one.aborted) {
            either.abort(one.reason);
        }
    }
    return either.signal;
}

export const openStream = (path) => new EventSource(here(path));

/** Why a stream can't be opened, which EventSource doesn't tell; null: it can now. */
export async function whyNot(path) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), ANSWER_MS);
    try {
        const answer = await fetch(here(path), {signal: stop.signal, headers: {Accept: "text/event-stream"}, cache: "no-store"});
        return answer.ok ? null : await refusalOf(answer);
    } catch {
        return new Problem(0, "No answer", "");
    } finally {
        clearTimeout(timer);
        stop.abort();
    }
}

const query = (fields) => new URLSearchParams(Object.entries(fields).filter(([, value]) => value !== null)).toString();
const topicPath = (topic) => `/api/v1/topics/${encodeURIComponent(topic)}`;

/** A key as a part of a path where nobody on the way reads more into it, else beside it. */
function keyPath(topic, key, what, fields) {
    const plain = /^[A-Za-z0-9_-][A-Za-z0-9_.~-]*$/.test(key);
    const more = query(plain ? fields : {key64: toBase64(bytesOf(key)), ...fields});
    return `${topicPath(topic)}/keys/${plain ? percentEncode(key) : "-"}/${what}${more && `?${more}`}`;
}

export const paths = {
    topics: "/api/v1/topics",
    status: "/status",
    keys: (topic, prefix, limit) => `${topicPath(topic)}/keys?${query({prefix64: toBase64(bytesOf(prefix)) || null, limit})}`,
    events: (topic, key, {from = null, limit = 100, order = "asc"}) =>
        keyPath(topic, key, "events", {from, limit, order}),
    tail: (topic, key, from) => keyPath(topic, key, "tail", {from}),
    conflicts: (topic) => `${topicPath(topic)}/conflicts`,
};

/** A page of aggregates. */
export async function keysOf(path, options) {
    const {keys, next} = await ask(path, options);
    return {next, keys: keys.map((one) => ({
        key: read(one, "key"), partition: one.partition, count: one.next_order - one.start_order,
        next: one.next_order, time: one.last_timestamp,
    }))};
}
