// C11's threads by POSIX's, for a bkes under ThreadSanitizer: librdkafka uses the former, and the
// sanitizer crashes in threads that it didn't see begin. glibc's types have room for POSIX's.

#include <cerrno>
#include <cstdint>
#include <new>
#include <pthread.h>
#include <threads.h>

namespace {

struct start {
    thrd_start_t run;
    void* argument;
};

void* run_started(void* given) {
    const auto begun = *static_cast<start*>(given);
    delete static_cast<start*>(given);
    return reinterpret_cast<void*>(static_cast<std::intptr_t>(begun.run(begun.argument)));
}

int outcome_of(int error) {
    return error == 0 ? thrd_success : error == ETIMEDOUT ? thrd_timedout : thrd_error;
}

pthread_mutex_t* posix(mtx_t* mutex) {
    static_assert(sizeof(mtx_t) >= sizeof(pthread_mutex_t));
    return reinterpret_cast<pthread_mutex_t*>(mutex);
}

pthread_cond_t* posix(cnd_t* condition) {
    static_assert(sizeof(cnd_t) >= sizeof(pthread_cond_t));
    return reinterpret_cast<pthread_cond_t*>(condition);
}

}  // namespace

extern "C" {

int thrd_create(thrd_t* thread, thrd_start_t run, void* argument) {
    auto* begun = new (std::nothrow) start{run, argument};
    return begun == nullptr ? thrd_nomem
                            : outcome_of(pthread_create(thread, nullptr, run_started, begun));
}

int thrd_join(thrd_t thread, int* result) {
    void* returned = nullptr;
    const int error = pthread_join(thread, &returned);
    if (result != nullptr) {
        *result = static_cast<int>(reinterpret_cast<std::intptr_t>(returned));
    }
    return outcome_of(error);
}

int mtx_init(mtx_t* mutex, int type) {
    pthread_mutexattr_t kind;
    pthread_mutexattr_init(&kind);
    if ((type & mtx_recursive) != 0) {
        pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
    }
    return outcome_of(pthread_mutex_init(posix(mutex), &kind));
}

int mtx_lock(mtx_t* mutex) {
    return outcome_of(pthread_mutex_lock(posix(mutex)));
}

int mtx_unlock(mtx_t* mutex) {
    return outcome_of(pthread_mutex_unlock(posix(mutex)));
}

void mtx_destroy(mtx_t* mutex) {
    pthread_mutex_destroy(posix(mutex));
}

int cnd_init(cnd_t* condition) {
    return outcome_of(pthread_cond_init(posix(condition), nullptr));
}

int cnd_wait(cnd_t* condition, mtx_t* mutex) {
    return outcome_of(pthread_cond_wait(posix(condition), posix(mutex)));
}

int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
    return outcome_of(pthread_cond_timedwait(posix(condition), posix(mutex), until));
}

int cnd_signal(cnd_t* condition) {
    return outcome_of(pthread_cond_signal(posix(condition)));
}

int cnd_broadcast(cnd_t* condition) {
    return outcome_of(pthread_cond_broadcast(posix(condition)));
}

void cnd_destroy(cnd_t* condition) {
    pthread_cond_destroy(posix(condition));
}
}
