//! [`Driver`]: drives one session over one stream, for servers and clients alike.
//! It decides when things happen; what happens is the session's, the outbox's and the receiver's business.

mod arrival;
mod error;
mod exchange;
mod goodbye;
mod lifeline;
mod panic;
mod policy;
mod receiver;
mod stream;
mod timer;

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

pub(crate) use self::arrival::Arrival;
#[cfg(feature = "client")]
pub(crate) use self::arrival::NotGreeted;
pub use self::error::ConnectionError;
use self::lifeline::Notice;
#[cfg(feature = "server")]
pub(crate) use self::lifeline::Predecessor;
pub use self::lifeline::Resumption;
pub(crate) use self::lifeline::{Comeback, Keeper, Lifeline, Summons, Suspension};
use self::panic::caught;
#[cfg(feature = "server")]
pub(crate) use self::panic::panic_message;
pub use self::policy::OnHandlerError;
pub(crate) use self::policy::Policy;
pub(crate) use self::receiver::Receiver;
use self::stream::Stream;
use self::timer::Timer;
use crate::action::{Action, Result, Unknown};
use crate::outbox::Outbox;
use crate::peer::Peer;
use crate::proto::{CloseReason, DecodeError, Event, Excerpt, Farewell, FarewellCode, Reading, Session};

/// One session over one stream.
pub(crate) struct Driver<S, Out> {
    stream: Stream<S>,
    session: Session,
    peer: Peer<Out>,
    policy: Policy,
    /// Why nothing more can be read or written; what was read before is still dispatched.
    ended: Option<CloseReason>,
    /// Cancelled when even waiting for handlers and for the peer has to end.
    cut: CancellationToken,
    timer: Timer,
    /// How many messages were handled, or other things done.
    handled: u32,
    /// The action, or the name of the callback, that was handled last.
    last_action: &'static str,
    /// Whether that callback is under way: then a panic is its own.
    is_calling: bool,
    /// What makes the connection outlive its stream, if it does.
    lifeline: Option<Box<Lifeline<S>>>,
    /// The time of the last wake-up; asking for it at each message would cost more than most handlers.
    now: Instant,
}

/// What does not happen to most connections.
enum Rare {
    Unknown(Unknown),
    /// With the reason to close, if it was one too many.
    Rejected(DecodeError, Option<CloseReason>),
    Close(CloseReason),
}

/// A shutdown did not wait for a callback to come to its end.
struct Cut;

impl<S: AsyncRead + AsyncWrite + Unpin, Out> Driver<S, Out> {
    pub(crate) fn new(arrival: Arrival<S>, peer: Peer<Out>, policy: Policy, cut: CancellationToken) -> Self {
        let Arrival { stream, session } = arrival;
        Self {
            stream,
            session,
            peer,
            policy,
            ended: None,
            cut,
            timer: Timer::new(policy.beat),
            handled: 0,
            last_action: "on_connect",
            is_calling: false,
            lifeline: None,
            now: Instant::now(),
        }
    }

    #[cfg(feature = "server")]
    pub(crate) fn io(&self) -> Option<&S> {
        self.stream.io()
    }

    #[cfg(feature = "server")]
    pub(crate) fn peer(&self) -> &Peer<Out> {
        &self.peer
    }

    /// Opens, dispatches every message and closes, and returns when all is told. The stream still has to [`linger`](Self::linger).
    pub(crate) async fn run<R: Receiver>(&mut self, receiver: &mut R) -> CloseReason {
        let ended = caught(pin!(self.converse(receiver))).await;
        let ended = match ended {
            Ok(reason) => reason,
            Err(message) => {
                Box::pin(self.tell_panic(message, receiver)).await;
                CloseReason::Panicked
            }
        };
        let reason = self.end(ended);
        let told = reason.clone();
        // The callback is dropped within, where a panic of its own is caught.
        let mut closing = Box::pin(async { self.drive(pin!(receiver.close(told))).await });
        if let Err(message) = caught(closing.as_mut()).await {
            tracing::error!(panic = %Excerpt::line(&message), "on_close_panicked");
        }
        reason
    }

    /// Tells `on_error` of a panic, unless it was its own.
    async fn tell_panic<R: Receiver>(&mut self, message: String, receiver: &mut R) {
        match (self.is_calling, self.last_action) {
            (false, _) => tracing::error!(panic = %Excerpt::line(&message), "connection_panicked"),
            (true, ON_ERROR) => tracing::error!(panic = %Excerpt::line(&message), "on_error_panicked"),
            (true, action) => {
                let error = ConnectionError::Panicked { action, message };
                if let Err(message) = caught(pin!(async { self.drive(pin!(receiver.error(error))).await })).await {
                    tracing::error!(panic = %Excerpt::line(&message), "on_error_panicked");
                }
            }
        }
    }

    /// Dispatches message after message until there is a reason to end.
    async fn converse<R: Receiver>(&mut self, receiver: &mut R) -> CloseReason {
        self.begin("on_connect");
        let opened = self.drive(pin!(receiver.open())).await;
        self.is_calling = false;
        if !matches!(opened, Ok(Ok(()))) {
            return Box::pin(self.settle(opened, receiver)).await.err().unwrap_or(CloseReason::ConnectFailed);
        }
        while self.is_wanted() {
            if self.lifeline.is_some() {
                if let Some(notice) = self.due_notice() {
                    if let Err(reason) = Box::pin(self.pass_on(notice, receiver)).await {
                        return reason;
                    }
                    continue;
                }
            }
            let mut rare = None;
            let done = match self.step::<R::Incoming>(&mut rare) {
                // Most messages are handled without waiting; everything here is kept short for them.
                Some(action) => {
                    self.charge(&action);
                    self.begin(action.name());
                    let handled = {
                        let mut handling = pin!(receiver.message(action));
                        // The rare error is put into a box, so that what is looked at each time is small.
                        let attempt = |context: &mut Context<'_>| {
                            let polled = handling.as_mut().poll(context);
                            Poll::Ready(polled.map(|handled| handled.err().map(Box::new)))
                        };
                        match poll_fn(attempt).await {
                            Poll::Ready(None) => Ok(Ok(())),
                            Poll::Ready(Some(error)) => Ok(Err(*error)),
                            Poll::Pending => self.outlast(handling).await,
                        }
                    };
                    self.is_calling = false;
                    match handled {
                        Ok(Ok(())) => Ok(()),
                        failed => Box::pin(self.settle(failed, receiver)).await,
                    }
                }
                None => match rare {
                    Some(rare) => Box::pin(self.take(*rare, receiver)).await,
                    None => self.wait().await,
                },
            };
            if let Err(reason) = done {
                return reason;
            }
            if self.is_others_turn() {
                self.share_the_thread().await;
            }
        }
        self.end(CloseReason::Shutdown)
    }

    /// Tells that the stream was lost, or that there is another one.
    async fn pass_on<R: Receiver>(&mut self, notice: Notice, receiver: &mut R) -> std::result::Result<(), CloseReason> {
        let told = match notice {
            Notice::Suspended(suspension) => {
                self.begin("on_suspend");
                self.drive(pin!(receiver.suspended(suspension))).await
            }
            Notice::Resumed(how) => {
                self.begin("on_resume");
                self.drive(pin!(receiver.resumed(how))).await
            }
        };
        self.is_calling = false;
        self.settle(told, receiver).await
    }

    /// Whether what comes is still to be handled.
    #[inline]
    fn is_wanted(&self) -> bool {
        let outbox = &self.peer.line.outbox;
        !(outbox.is_stopped() || (outbox.is_closed() && self.ended.is_none()))
    }

    /// Does what has to be done rarely, so that it is not to be paid for by every connection's memory.
    async fn take<R: Receiver>(&mut self, step: Rare, receiver: &mut R) -> std::result::Result<(), CloseReason> {
        match step {
            Rare::Unknown(message) => {
                self.begin("on_unknown");
                let handled = self.drive(pin!(receiver.unknown(message))).await;
                self.is_calling = false;
                self.settle(handled, receiver).await
            }
            Rare::Rejected(error, reason) => {
                self.report(ConnectionError::Message(error), receiver).await?;
                reason.map_or(Ok(()), Err)
            }
            Rare::Close(reason) => Err(reason),
        }
    }

    /// The next message. If there is none, something else may have to be done, which is put into `rare`; or more bytes must come first.
    #[inline]
    fn step<A: Action>(&mut self, rare: &mut Option<Box<Rare>>) -> Option<A> {
        let mut action = self.session.next_plain(self.now.into_std());
        if action.is_none() {
            action = self.step_closely(rare);
        }
        action
    }

    /// As [`step`](Self::step), for whatever is no plain message.
    #[inline(never)]
    fn step_closely<A: Action>(&mut self, rare: &mut Option<Box<Rare>>) -> Option<A> {
        let now = self.now.into_std();
        let found = match self.session.next_event(now)? {
            Event::Message(message) => match A::decode(&message) {
                Ok(action) => return Some(action),
                Err(DecodeError::UnknownAction { .. }) => Rare::Unknown(Unknown::new(&message)),
                Err(error) => Rare::Rejected(error, self.session.violation(now).err()),
            },
            Event::Rejected(error) => Rare::Rejected(error, None),
            Event::Close(CloseReason::Malformed(malformed)) => {
                Rare::Rejected(DecodeError::Malformed(malformed.clone()), Some(CloseReason::Malformed(malformed)))
            }
            Event::Close(reason) => Rare::Close(reason),
            // A session greets once, and that was before it ran.
            Event::Greeted | Event::Refused(_) => Rare::Close(CloseReason::NoGreeting),
        };
        *rare = Some(Box::new(found));
        None
    }

    /// Charges the peer for an action that costs more than others.
    #[inline]
    fn charge<A: Action>(&mut self, action: &A) {
        if action.cost() > 1 {
            self.session.charge(action.cost() - 1, self.now.into_std());
        }
    }

    /// A callback is about to be called.
    #[inline]
    fn begin(&mut self, callback: &'static str) {
        self.last_action = callback;
        self.is_calling = true;
    }

    /// Draws the consequences of a callback that may have failed.
    async fn settle<R: Receiver>(
        &mut self,
        result: std::result::Result<Result, Cut>,
        receiver: &mut R,
    ) -> std::result::Result<(), CloseReason> {
        let error = match result {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error,
            Err(Cut) => return Err(CloseReason::Shutdown),
        };
        let action = self.last_action;
        let charged = self.session.violation(self.now.into_std());
        let error = ConnectionError::of(action, error);
        let is_handlers = matches!(error, ConnectionError::Handler { .. });
        self.report(error, receiver).await?;
        if is_handlers && self.policy.on_handler_error == OnHandlerError::Close {
            return Err(CloseReason::HandlerFailed(action));
        }
        charged
    }

    async fn report<R: Receiver>(
        &mut self,
        error: ConnectionError,
        receiver: &mut R,
    ) -> std::result::Result<(), CloseReason> {
        self.begin(ON_ERROR);
        let told = self.drive(pin!(receiver.error(error))).await;
        self.is_calling = false;
        told.map_err(|Cut| CloseReason::Shutdown)
    }

    /// Runs a callback to its end.
    #[inline]
    async fn drive<F: Future>(&mut self, mut callback: Pin<&mut F>) -> std::result::Result<F::Output, Cut> {
        // Most callbacks never wait.
        match once(callback.as_mut()).await {
            Poll::Ready(result) => Ok(result),
            Poll::Pending => self.outlast(callback).await,
        }
    }

    /// Runs a callback that waits to its end. Meanwhile the connection goes on: what is queued is written, and what comes is read, up to the
    /// limits.
    async fn outlast<F: Future>(&mut self, mut callback: Pin<&mut F>) -> std::result::Result<F::Output, Cut> {
        let cut = self.cut.clone();
        let mut cut = pin!(cut.cancelled());
        poll_fn(|context| {
            // The time that it waited kept no thread.
            self.now = Instant::now();
            if let Poll::Ready(result) = callback.as_mut().poll(context) {
                // This task is awake; what its handlers send need not wake it.
                self.peer.line.outbox.awake();
                return Poll::Ready(Ok(result));
            }
            while self.ended.is_none() {
                match self.poll_io(context, Reading::Behind) {
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(reason)) => {
                        self.end(reason);
                    }
                    Poll::Pending => break,
                }
            }
            self.hold();
            cut.as_mut().poll(context).map(|()| Err(Cut))
        })
        .await
    }

    /// Waits until there may be a next step, or says why there never will be.
    async fn wait(&mut self) -> std::result::Result<(), CloseReason> {
        let Some(reason) = &self.ended else {
            self.more().await;
            return Ok(());
        };
        // It was too fast and has left; what it sent is still handled, at the pace that it is allowed.
        let Some(until) = self.session.paused_until() else {
            return Err(reason.clone());
        };
        match self.drive(Box::pin(sleep_until(Instant::from_std(until))).as_mut()).await {
            Ok(()) => {
                self.now = Instant::now();
                Ok(())
            }
            Err(Cut) => Err(CloseReason::Shutdown),
        }
    }

    /// Whether many messages were waiting, and their handlers took their time, or sent so much that a queue fills up: this peer's, or that of
    /// another one whose task may be waiting for this thread.
    #[inline]
    fn is_others_turn(&mut self) -> bool {
        self.handled = self.handled.wrapping_add(1);
        let is_long = self.handled % LOOK_EVERY == 0 && self.now.elapsed() > SHARE;
        let has_crowded = Outbox::has_crowded();
        is_long || has_crowded || self.peer.line.outbox.is_filling()
    }

    /// Lets others have the thread, and the socket its due.
    async fn share_the_thread(&mut self) {
        if self.ended.is_none() {
            let written = poll_fn(|context| Poll::Ready(self.poll_io(context, Reading::Behind))).await;
            if let Poll::Ready(Err(reason)) = written {
                self.end(reason);
            }
        }
        self.peer.line.outbox.awake();
        tokio::task::yield_now().await;
    }

    /// Nothing more can be read or written.
    fn finished(&mut self, reason: CloseReason) -> CloseReason {
        // A client that may come back says when it will not.
        let reason = match reason {
            CloseReason::Farewell(Farewell { code: FarewellCode::Left, .. }) => CloseReason::PeerLeft,
            reason => reason,
        };
        self.ended.get_or_insert(reason).clone()
    }

    /// Ends the connection for everybody who could send to it. The first reason stays, and is returned.
    fn end(&self, reason: CloseReason) -> CloseReason {
        self.peer.end(reason.clone());
        self.peer.line.outbox.reason().unwrap_or(reason)
    }
}

/// Nobody writes any more: what is still queued goes with the connection, and does not stay with the handles of its peer.
impl<S, Out> Drop for Driver<S, Out> {
    fn drop(&mut self) {
        // It has ended before, unless the whole runtime is dropped.
        self.peer.end(CloseReason::Shutdown);
        self.peer.line.outbox.discard();
        self.peer.line.hold(0);
        self.peer.peers().forget(self.peer.id());
    }
}

/// Polls a future once.
#[inline]
fn once<F: Future>(mut future: Pin<&mut F>) -> impl Future<Output = Poll<F::Output>> {
    poll_fn(move |context| Poll::Ready(future.as_mut().poll(context)))
}

/// The name of the callback that is told of errors.
const ON_ERROR: &str = "on_error";

/// After so many messages it is asked how long they took; asking each time would cost more than most handlers.
const LOOK_EVERY: u32 = 8;

/// How long one connection may have a thread while others wait.
const SHARE: Duration = Duration::from_millis(2);
