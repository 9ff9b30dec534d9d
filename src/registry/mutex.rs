//! A mutex is taken whatever happened to the thread that held it before: no value here is ever left half changed.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes the mutex.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
