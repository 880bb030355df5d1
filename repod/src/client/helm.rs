//! [`Helm`]: what a [`Connection`](super::Connection) tells the work behind it: whether to try again, when, and when to stop.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::{Interruption, Reconnect};
use crate::peer::Peer;
use crate::proto::CloseReason;

/// What a connection's handle and its work share.
pub(super) struct Helm<Out> {
    state: Mutex<State<Out>>,
    /// Wakes the work, the only one that waits for it.
    changed: Notify,
    /// Cancelled when the program wants no other attempt.
    given_up: CancellationToken,
}

struct State<Out> {
    policy: Option<Reconnect>,
    /// Whether the program has begun to take events. Before that it may still ask for reconnecting, so that an end is not told yet.
    is_used: bool,
    /// The end that is not told yet.
    parked: Option<Interruption>,
    /// The connection that there is, or will be.
    live: Peer<Out>,
    closing: Option<CloseReason>,
    is_hasty: bool,
}

impl<Out> Helm<Out> {
    pub(super) fn new(live: Peer<Out>) -> Self {
        let state = State { policy: None, is_used: false, parked: None, live, closing: None, is_hasty: false };
        Self { state: Mutex::new(state), changed: Notify::new(), given_up: CancellationToken::new() }
    }

    pub(super) fn reconnect(&self, policy: Reconnect) {
        self.lock().policy = Some(policy);
        self.changed.notify_one();
    }

    /// The program takes events from now on. Returns the end that was kept back until then, if it is to be told.
    pub(super) fn begin(&self) -> Option<Interruption> {
        let mut state = self.lock();
        state.is_used = true;
        let parked = if state.policy.is_none() { state.parked.take() } else { None };
        drop(state);
        self.changed.notify_one();
        parked
    }

    pub(super) fn close(&self, reason: CloseReason) {
        let live = {
            let mut state = self.lock();
            state.closing.get_or_insert_with(|| reason.clone());
            state.live.clone()
        };
        self.given_up.cancel();
        live.close(reason);
        self.changed.notify_one();
    }

    pub(super) fn give_up(&self) {
        self.given_up.cancel();
        self.changed.notify_one();
    }

    pub(super) fn hurry(&self) {
        self.lock().is_hasty = true;
        self.changed.notify_one();
    }

    /// Why the program has closed the connection, if it has.
    pub(super) fn closing(&self) -> Option<CloseReason> {
        self.lock().closing.clone()
    }

    /// The next connection has this peer. Says whether it is wanted still.
    pub(super) fn renew(&self, peer: Peer<Out>) -> bool {
        let mut state = self.lock();
        state.live = peer;
        state.closing.is_none()
    }

    /// Whether the connection is to come back by itself. The program says so right after it has asked for the connection; a server can be
    /// faster, and is kept waiting for a moment.
    pub(super) async fn is_to_return(&self) -> bool {
        let decided = async {
            loop {
                {
                    let state = self.lock();
                    if state.policy.is_some() || state.is_used || self.given_up.is_cancelled() {
                        return state.policy.is_some() && !self.given_up.is_cancelled();
                    }
                }
                self.changed.notified().await;
            }
        };
        timeout(MOMENT, decided).await.unwrap_or(false)
    }

    pub(super) fn policy(&self) -> Option<Reconnect> {
        let state = self.lock();
        state.policy.clone().filter(|_| !self.given_up.is_cancelled())
    }

    /// Forgets that an attempt was asked for at once: only one that is waited for can be.
    pub(super) fn calm(&self) {
        self.lock().is_hasty = false;
    }

    /// How to go on after this end: with the policy, if there is one. `None` if the end was told meanwhile.
    pub(super) async fn consult(&self, end: Interruption) -> Option<(Interruption, Option<Reconnect>)> {
        let mut end = Some(end);
        loop {
            {
                let mut state = self.lock();
                let is_decided = state.policy.is_some() || state.is_used || self.given_up.is_cancelled();
                let kept = end.take().or_else(|| state.parked.take())?;
                if is_decided {
                    let policy = if self.given_up.is_cancelled() { None } else { state.policy.clone() };
                    state.is_hasty = false;
                    return Some((kept, policy));
                }
                state.parked = Some(kept);
            }
            self.changed.notified().await;
        }
    }

    /// Waits until it is time for the next attempt. Says whether there is to be one.
    pub(super) async fn wait(&self, delay: Duration) -> bool {
        let time = Instant::now() + delay;
        loop {
            {
                let state = self.lock();
                if self.given_up.is_cancelled() {
                    return false;
                }
                if state.is_hasty {
                    return true;
                }
            }
            tokio::select! {
                biased;
                () = self.changed.notified() => {}
                () = sleep_until(time) => return true,
            }
        }
    }

    /// No code of the user's runs under this lock, so a poisoned one holds nothing half-done.
    /// Waits until the program wants no other attempt.
    pub(super) async fn given_up(&self) {
        self.given_up.cancelled().await;
    }

    fn lock(&self) -> MutexGuard<'_, State<Out>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a program may take from `connect` to `reconnect`.
const MOMENT: Duration = Duration::from_millis(100);
