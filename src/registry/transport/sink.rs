//! Takes the body of a response in parts.

use std::fmt;
use std::io;
use std::sync::Mutex;

use super::TransportError;
use crate::diagnostic::IoCause;
use crate::registry::mutex::lock;

/// Takes a file in parts.
pub trait Sink: Send {
    /// The number of bytes that it has.
    fn length(&self) -> u64;

    /// Adds bytes.
    ///
    /// # Errors
    ///
    /// An error of the storage.
    fn write(&mut self, part: &[u8]) -> io::Result<()>;

    /// Forgets all bytes.
    ///
    /// # Errors
    ///
    /// An error of the storage.
    fn restart(&mut self) -> io::Result<()>;
}

/// The sink of a request, which several attempts use one after the other.
pub(in crate::registry) trait BodySink: fmt::Debug + Send + Sync {
    /// See [`Sink::length`].
    fn length(&self) -> u64;

    /// See [`Sink::write`].
    ///
    /// # Errors
    ///
    /// [`TransportError::Sink`]
    fn write(&self, part: &[u8]) -> Result<(), TransportError>;

    /// See [`Sink::restart`].
    ///
    /// # Errors
    ///
    /// [`TransportError::Sink`]
    fn restart(&self) -> Result<(), TransportError>;
}

/// A sink that is lent to a request.
pub(super) struct Lent<'a>(Mutex<&'a mut dyn Sink>);

impl<'a> Lent<'a> {
    pub(super) fn new(sink: &'a mut dyn Sink) -> Self {
        Self(Mutex::new(sink))
    }
}

impl BodySink for Lent<'_> {
    fn length(&self) -> u64 {
        lock(&self.0).length()
    }

    fn write(&self, part: &[u8]) -> Result<(), TransportError> {
        lock(&self.0).write(part).map_err(|error| not_kept(&error))
    }

    fn restart(&self) -> Result<(), TransportError> {
        lock(&self.0).restart().map_err(|error| not_kept(&error))
    }
}

fn not_kept(error: &io::Error) -> TransportError {
    TransportError::Sink { cause: IoCause(error).to_string() }
}

impl fmt::Debug for Lent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lent")
    }
}
