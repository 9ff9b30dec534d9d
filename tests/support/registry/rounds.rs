//! Answers in rounds: requests that can be sent at once wait until all of them have arrived. This shows which requests
//! depend on others without measuring time, so the load of the machine does not matter.

use std::sync::{Condvar, Mutex};
use std::time::Duration;

use super::InMemoryRegistry;

/// Time for all requests of a round to come; less than a client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Default)]
pub(super) struct Rounds {
    at: Mutex<At>,
    changed: Condvar,
}

#[derive(Default)]
struct At {
    /// The number of requests in each round. Without rounds, no request waits.
    sizes: Vec<usize>,
    /// The current round.
    round: usize,
    arrived: usize,
}

impl Rounds {
    /// Holds a request until its round is complete. A round that stays incomplete ends the holding of all.
    pub(super) fn hold(&self) {
        let mut at = self.at.lock().unwrap();
        let mine = at.round;
        let Some(size) = at.sizes.get(mine).copied() else { return };
        at.arrived += 1;
        if at.arrived == size {
            at.round += 1;
            at.arrived = 0;
            self.changed.notify_all();
            return;
        }
        let (mut at, ended) = self
            .changed
            .wait_timeout_while(at, PATIENCE, |at| at.round == mine && !at.sizes.is_empty())
            .unwrap();
        if ended.timed_out() {
            at.sizes.clear();
            self.changed.notify_all();
        }
    }
}

impl InMemoryRegistry {
    /// Expects requests in rounds of these sizes, each of which can only be sent after the answers of the one before.
    pub(crate) fn in_rounds(&self, sizes: &[usize]) {
        *self.state.rounds.at.lock().unwrap() = At { sizes: sizes.to_vec(), ..At::default() };
    }
}
