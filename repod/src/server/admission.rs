//! [`Gate`]: who may come in: how many in all, how many from one address, and how fast. It counts; turning away is done elsewhere.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::proto::{Admission, FarewellCode, Meter};

/// The count of a server's connections.
#[derive(Debug)]
pub(super) struct Gate {
    limits: Admission,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    connections: usize,
    visitors: HashMap<IpAddr, Visitor>,
}

/// What one address has opened.
#[derive(Debug)]
struct Visitor {
    connections: usize,
    opened: Meter,
}

/// A place in the server; dropping it gives the place back.
#[derive(Debug)]
pub(super) struct Ticket {
    gate: Arc<Gate>,
    address: Option<IpAddr>,
}

impl Gate {
    pub(super) fn new(limits: Admission) -> Self {
        Self { limits, state: Mutex::default() }
    }

    /// Whether another connection from this address may come in at all. Each that asks counts as an attempt.
    pub(super) fn knock(&self, from: IpAddr, now: Instant) -> Result<(), FarewellCode> {
        let Some(address) = network(from) else { return Ok(()) };
        let mut state = self.lock();
        state.sweep(now);
        let visitor = self.visitor(&mut state, address);
        if !visitor.opened.spend(1, now) {
            return Err(FarewellCode::TooManyAttempts);
        }
        if visitor.connections >= self.limits.per_address {
            return Err(FarewellCode::TooManyFromAddress);
        }
        Ok(())
    }

    /// Gives a place to a connection that has [knocked](Self::knock); `None` if the server is full. Then `make_room` may close somebody else; it
    /// says whether it did.
    pub(super) fn enter(self: &Arc<Self>, from: IpAddr, make_room: impl FnOnce() -> bool) -> Option<Ticket> {
        let address = network(from);
        // Connections are admitted one after the other, so that nobody takes the place meanwhile.
        let connections = self.lock().connections;
        // Those that were closed to make room still count until they are gone, and so many of them are enough.
        let most = self.limits.connections.saturating_mul(2);
        if connections >= self.limits.connections && (connections >= most || !make_room()) {
            return None;
        }
        let mut state = self.lock();
        state.connections += 1;
        if let Some(address) = address {
            self.visitor(&mut state, address).connections += 1;
        }
        drop(state);
        Some(Ticket { gate: self.clone(), address })
    }

    fn visitor<'a>(&self, state: &'a mut State, address: IpAddr) -> &'a mut Visitor {
        state.visitors.entry(address).or_insert_with(|| Visitor {
            connections: 0,
            opened: Meter::per(self.limits.opened_per_second, Duration::from_secs(1), self.limits.opened_at_once),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Forgets the addresses of which there is nothing to remember, when there are many.
    fn sweep(&mut self, now: Instant) {
        if self.visitors.len() >= MANY && self.visitors.len() == self.visitors.capacity() {
            self.visitors.retain(|_, visitor| visitor.connections > 0 || !visitor.opened.is_full(now));
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut state = self.gate.lock();
        state.connections = state.connections.saturating_sub(1);
        if let Some(visitor) = self.address.and_then(|address| state.visitors.get_mut(&address)) {
            visitor.connections = visitor.connections.saturating_sub(1);
        }
    }
}

/// What counts as one address: an IPv4 address, or the /64 network that one IPv6 customer has at least. `None` for this machine
/// itself, which could do worse than to connect.
pub(super) fn network(address: IpAddr) -> Option<IpAddr> {
    let address = address.to_canonical();
    if address.is_loopback() {
        return None;
    }
    Some(match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let network = u128::from(address) & (u128::MAX << 64);
            IpAddr::V6(Ipv6Addr::from(network))
        }
    })
}

/// From so many addresses on it is worth while to forget some.
const MANY: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(limits: Admission) -> Arc<Gate> {
        Arc::new(Gate::new(limits))
    }

    fn admit(gate: &Arc<Gate>, from: &str, now: Instant) -> Result<Ticket, FarewellCode> {
        let from = from.parse().unwrap();
        gate.knock(from, now)?;
        gate.enter(from, || false).ok_or(FarewellCode::Full)
    }

    #[test]
    fn places_are_counted_and_given_back() {
        let now = Instant::now();
        let gate = gate(Admission { connections: 2, ..Admission::default() });
        let first = admit(&gate, "1.2.3.4", now).unwrap();
        let _second = admit(&gate, "1.2.3.4", now).unwrap();
        assert_eq!(admit(&gate, "1.2.3.4", now).unwrap_err(), FarewellCode::Full);
        drop(first);
        assert!(admit(&gate, "1.2.3.4", now).is_ok());
    }

    #[test]
    fn one_address_gets_its_share_and_others_theirs() {
        let now = Instant::now();
        let gate = gate(Admission { per_address: 1, ..Admission::default() });
        let check = |from: &str, is_welcome: bool| {
            let ticket = admit(&gate, from, now);
            assert_eq!(ticket.is_ok(), is_welcome, "{from}");
            std::mem::forget(ticket);
        };
        check("1.2.3.4", true);
        check("1.2.3.4", false);
        check("::ffff:1.2.3.4", false);
        check("1.2.3.5", true);
        check("2001:db8::1", true);
        check("2001:db8::2", false);
        check("2001:db8:0:1::2", true);
        for _ in 0..10 {
            check("127.0.0.1", true);
            check("::1", true);
        }
    }

    #[test]
    fn nobody_is_closed_for_one_that_may_not_come_in() {
        let now = Instant::now();
        let gate = gate(Admission { connections: 1, opened_at_once: 2, ..Admission::default() });
        let _first = admit(&gate, "1.2.3.4", now).unwrap();
        // A full server looks for room as often as it likes: that is one attempt.
        let from = "1.2.3.4".parse().unwrap();
        assert!(gate.knock(from, now).is_ok());
        assert!(gate.enter(from, || false).is_none() && gate.enter(from, || true).is_some());
        assert_eq!(gate.knock(from, now), Err(FarewellCode::TooManyAttempts));
    }

    #[test]
    fn those_who_were_closed_to_make_room_are_not_without_number() {
        let gate = gate(Admission { connections: 10, ..Admission::default() });
        let from = "127.0.0.1".parse().unwrap();
        // Nobody goes as fast as he is closed.
        let entered: Vec<_> = (0..100).filter_map(|_| gate.enter(from, || true)).collect();
        assert_eq!(entered.len(), 20);
    }

    #[test]
    fn an_address_that_connects_too_fast_waits() {
        let now = Instant::now();
        let gate = gate(Admission { opened_per_second: 2, opened_at_once: 3, ..Admission::default() });
        for _ in 0..3 {
            assert!(admit(&gate, "1.2.3.4", now).is_ok());
        }
        assert_eq!(admit(&gate, "1.2.3.4", now).unwrap_err(), FarewellCode::TooManyAttempts);
        assert!(admit(&gate, "1.2.3.5", now).is_ok());
        let later = now + Duration::from_millis(500);
        assert!(admit(&gate, "1.2.3.4", later).is_ok());
        assert!(admit(&gate, "1.2.3.4", later).is_err());
    }

    #[test]
    fn addresses_are_forgotten_when_they_have_nothing_open() {
        let start = Instant::now();
        let gate = gate(Admission::default());
        for number in 0..100_000_u32 {
            let from = IpAddr::from((0x0a00_0000 + number).to_be_bytes());
            assert!(gate.knock(from, start + Duration::from_millis(number.into())).is_ok());
            drop(gate.enter(from, || false));
        }
        assert!(gate.lock().visitors.len() < 4 * MANY, "{}", gate.lock().visitors.len());
    }
}
