//! [`Receiver`]: whom a driver tells what happens.

use super::{ConnectionError, Resumption, Suspension};
use crate::action::{Action, Result, Unknown};
use crate::proto::CloseReason;

/// Whom a [`Driver`](super::Driver) tells what happens: a server's channel, or a client's queue of events.
pub(crate) trait Receiver: Send {
    type Incoming: Action;

    fn open(&mut self) -> impl Future<Output = Result> + Send;
    fn message(&mut self, action: Self::Incoming) -> impl Future<Output = Result> + Send;
    fn unknown(&mut self, message: Unknown) -> impl Future<Output = Result> + Send;
    fn error(&mut self, error: ConnectionError) -> impl Future<Output = ()> + Send;
    fn close(&mut self, reason: CloseReason) -> impl Future<Output = ()> + Send;
    fn suspended(&mut self, suspension: Suspension) -> impl Future<Output = Result> + Send;
    fn resumed(&mut self, how: Resumption) -> impl Future<Output = Result> + Send;
}
