// Work that waits until a person comes near it.

const MARGIN = "600px";
const waiting = new WeakMap();

const observer = new IntersectionObserver((entries) => {
    for (const {isIntersecting, target} of entries) {
        if (isIntersecting) {
            observer.unobserve(target);
            waiting.get(target)?.();
            waiting.delete(target);
        }
    }
}, {rootMargin: MARGIN});

/** Once. */
export function whenNear(element, work) {
    waiting.set(element, work);
    observer.observe(element);
}

/** Each time that it comes near. Returns a function to look whether it still is, once the work is done. */
export function wheneverNear(element, work) {
    const own = new IntersectionObserver((entries) => entries.some((one) => one.isIntersecting) && work(),
        {rootMargin: MARGIN});
    own.observe(element);
    return () => {
        own.unobserve(element);
        own.observe(element);
    };
}
