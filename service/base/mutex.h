// A mutex that both the thread-safety analysis and ThreadSanitizer understand (Debian's absl::Mutex
// makes the latter lie). Data and its mutex are one thing: annotate with TB_GUARDED_BY.
#pragma once

#include <mutex>

#if defined(__clang__)
#define TB_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define TB_THREAD_ANNOTATION(x)
#endif

#define TB_CAPABILITY(x) TB_THREAD_ANNOTATION(capability(x))
#define TB_SCOPED_CAPABILITY TB_THREAD_ANNOTATION(scoped_lockable)
#define TB_GUARDED_BY(x) TB_THREAD_ANNOTATION(guarded_by(x))
#define TB_REQUIRES(...) TB_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define TB_EXCLUDES(...) TB_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))
#define TB_ACQUIRE(...) TB_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define TB_RELEASE(...) TB_THREAD_ANNOTATION(release_capability(__VA_ARGS__))

namespace tokenbroker {

class TB_CAPABILITY("mutex") Mutex {
 public:
  void Lock() TB_ACQUIRE() { mutex_.lock(); }
  void Unlock() TB_RELEASE() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class TB_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) TB_ACQUIRE(mutex) : mutex_(mutex) { mutex_.Lock(); }
  ~MutexLock() TB_RELEASE() { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace tokenbroker
